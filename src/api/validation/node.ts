import { equalJson } from "../json.ts";
import type { NodeStatus } from "../core/node_status.ts";
import type { Taint } from "../core/taint.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkTaintEffect } from "./affinity.ts";
import { checkCidr, ipFamily } from "./ip.ts";
import { labelValue, qualifiedName } from "./names.ts";
import { entriesOf, reportOf, type Report } from "./report.ts";
import { checkAmount } from "./resources.ts";

interface CheckedNode {
  readonly spec: {
    readonly podCIDRs?: readonly string[] | undefined;
    readonly providerID?: string | undefined;
    readonly taints?: readonly Taint[] | undefined;
    readonly externalID?: string | undefined;
  };
  readonly status: NodeStatus;
}

export function validateNode({ spec, status }: CheckedNode): FieldError[] {
  return reportOf((report) => {
    checkTaints(report, "metadata.taints", spec.taints ?? []);
    checkNodeAmounts(report, status);
    const ranges = spec.podCIDRs ?? [];
    for (const [i, range] of ranges.entries()) checkCidr(report, `spec.podCIDRs[${i}]`, range);
    if (ranges.length < 2) return;
    const families = new Set(ranges.map((range) => ipFamily(range.split("/")[0] ?? "")));
    if (families.size < 2 || ranges.length > 2) {
      report.invalid("spec.podCIDRs", ranges, "may specify no more than one CIDR for each IP family");
    }
  });
}

function checkTaints(report: Report, path: string, taints: readonly Taint[]): void {
  const seen = new Set<string>();
  for (const [i, { key, value, effect, timeAdded }] of taints.entries()) {
    const at = `${path}[${i}]`;
    report.check(`${at}.key`, key, qualifiedName);
    const problems = labelValue(value ?? "");
    if (problems.length > 0) report.invalid(`${at}.value`, value, problems.join(";"));
    checkTaintEffect(report, `${at}.effect`, effect);
    const id = `${effect}/${key}`;
    if (seen.has(id)) {
      const shown = { Key: key, Value: value ?? "", Effect: effect, TimeAdded: timeAdded ?? null };
      report.duplicateBecause(at, shown, "taints must be unique by key and effect pair");
    }
    seen.add(id);
  }
}

function checkNodeAmounts(report: Report, status: NodeStatus): void {
  for (const field of ["capacity", "allocatable"] as const) {
    for (const [name, amount] of entriesOf(status[field])) checkAmount(report, `status.${field}.${name}`, name, amount);
  }
}

export function validateNodeUpdate(next: CheckedNode, previous: CheckedNode): FieldError[] {
  return reportOf((report) => {
    checkAddresses(report, next.status);
    const [now, before] = [next.spec.podCIDRs ?? [], previous.spec.podCIDRs ?? []];
    if (before.length > 0 && !equalJson(now, before)) {
      report.forbidden("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid');
    }
    if (previous.spec.providerID && previous.spec.providerID !== next.spec.providerID) {
      report.forbidden("spec.providerID", 'node updates may not change providerID except from "" to valid');
    }
    if ((next.spec.externalID ?? "") !== (previous.spec.externalID ?? "")) {
      report.forbidden("spec.externalID", "may not be updated");
    }
  });
}

function checkAddresses(report: Report, { addresses = [] }: NodeStatus): void {
  const seen = new Set<string>();
  for (const [i, { type, address }] of addresses.entries()) {
    const id = `${type}/${address}`;
    if (seen.has(id)) report.duplicate(`status.addresses[${i}]`, { Type: type, Address: address });
    seen.add(id);
  }
}

export function validateNodeStatusUpdate(next: CheckedNode, previous: CheckedNode): FieldError[] {
  const amounts = reportOf((report) => checkNodeAmounts(report, next.status));
  return [...amounts, ...validateNodeUpdate(next, previous)];
}
