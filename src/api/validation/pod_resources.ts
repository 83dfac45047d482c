import type { Container } from "../core/container.ts";
import type { PodResourceClaim, PodSpec } from "../core/pod_spec.ts";
import { addQuantities, compareQuantities, formatQuantity, quantityOf, type Quantity } from "../quantity.ts";
import { dnsLabel, dnsSubdomain } from "./names.ts";
import { entriesOf, type Report } from "./report.ts";
import { checkRequirements } from "./resources.ts";

export function checkResourceClaims(report: Report, path: string, claims: readonly PodResourceClaim[]): void {
  const names = new Set<string>();
  for (const [i, claim] of claims.entries()) {
    const at = `${path}[${i}]`;
    if (claim.name === "") report.required(`${at}.name`);
    else if (names.has(claim.name)) report.duplicate(`${at}.name`, claim.name);
    else report.check(`${at}.name`, claim.name, dnsLabel);
    names.add(claim.name);
    const { resourceClaimName, resourceClaimTemplateName } = claim;
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) {
      report.invalid(at, claim, "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified");
    }
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) {
      report.invalid(at, claim, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`");
    }
    if (resourceClaimName !== undefined) report.check(`${at}.resourceClaimName`, resourceClaimName, dnsSubdomain);
    if (resourceClaimTemplateName !== undefined) {
      report.check(`${at}.resourceClaimTemplateName`, resourceClaimTemplateName, dnsSubdomain);
    }
  }
}

/** Resources of the pod as a whole: those of its containers must fit in. */
export function checkPodResources(report: Report, path: string, spec: PodSpec, podClaims: ReadonlySet<string>): void {
  const { resources } = spec;
  if (resources === undefined) return;
  if (spec.os?.name === "windows") {
    report.forbidden(path, "may not be set for a windows pod");
    return;
  }
  if (resources.claims) report.forbidden(`${path}.claims`, "claims may not be set for Resources at pod-level");
  checkRequirements(report, path, resources, { podClaims, level: "pod" });
  for (const [name, total] of containerTotals(spec, "requests")) {
    const own = resources.requests?.[name];
    if (own === undefined || compareQuantities(total, own) <= 0) continue;
    const rule = `must be greater than or equal to aggregate container requests of ${formatQuantity(total)}`;
    report.invalid(`${path}.requests[${name}]`, own, rule);
  }
  for (const [name, total] of containerTotals(spec, "limits")) {
    const own = resources.limits?.[name];
    if (!name.startsWith("hugepages-") || own === undefined || compareQuantities(total, own) <= 0) continue;
    const rule = `must be greater than or equal to aggregate container limits of ${formatQuantity(total)}`;
    report.invalid(`${path}.limits[${name}]`, own, rule);
  }
  for (const [i, container] of spec.containers.entries()) {
    for (const [name, limit] of entriesOf(container.resources.limits)) {
      const own = resources.limits?.[name];
      if (own === undefined || compareQuantities(limit, own) <= 0) continue;
      const rule = `must be less than or equal to pod limits of ${own}`;
      report.invalid(`${path}.containers[${i}][${name}].limits`, limit, rule);
    }
  }
}

type Totals = Map<string, Quantity>;

/** What containers need together: all that run at a time; an init container only has to fit beside its sidecars. */
function containerTotals(spec: PodSpec, field: "requests" | "limits"): Totals {
  const totals: Totals = new Map();
  const sidecars: Totals = new Map();
  const peak: Totals = new Map();
  for (const container of spec.containers) add(totals, container, field);
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === "Always") {
      add(totals, container, field);
      add(sidecars, container, field);
      raise(peak, sidecars);
    } else {
      const during = new Map(sidecars);
      add(during, container, field);
      raise(peak, during);
    }
  }
  raise(totals, peak);
  return totals;
}

function add(totals: Totals, container: Container, field: "requests" | "limits"): void {
  for (const [name, amount] of entriesOf(container.resources[field])) {
    totals.set(name, addQuantities(totals.get(name) ?? quantityOf(0), amount));
  }
}

function raise(totals: Totals, to: Totals): void {
  for (const [name, amount] of to) {
    const current = totals.get(name);
    if (current === undefined || compareQuantities(amount, current) > 0) totals.set(name, amount);
  }
}
