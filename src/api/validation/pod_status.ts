import type { Container } from "../core/container.ts";
import type { ContainerStatus } from "../core/container_status.ts";
import type { PodSpec } from "../core/pod_spec.ts";
import { checkIp, isDualStack } from "./ip.ts";
import { dnsSubdomain, qualifiedName } from "./names.ts";
import type { CheckedPod } from "./pod.ts";
import type { Report } from "./report.ts";

const SYSTEM_CONDITIONS = ["PodScheduled", "Ready", "Initialized"];

export function checkPodStatus(report: Report, next: CheckedPod, previous: CheckedPod): void {
  const [status, before] = [next.status, previous.status];
  checkConditions(report, status.conditions ?? []);
  checkNomination(report, next, previous);
  if ((status.observedGeneration ?? 0) < 0) {
    report.invalid("status.observedGeneration", status.observedGeneration, "must be a non-negative integer");
  }
  const isSameClass = (status.qosClass ?? "") === (before.qosClass ?? "");
  report.immutable("status.qosClass", status.qosClass ?? "", isSameClass);
  for (const field of ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] as const) {
    const restarts = (name: string, exitCode: number) => mayRestart(previous.spec, field, name, exitCode);
    checkTransitions(report, `status.${field}`, status[field] ?? [], before[field] ?? [], restarts);
  }
  checkAddresses(report, "status.podIPs", status.podIPs ?? [], before.podIPs ?? []);
  const [first] = status.hostIPs ?? [];
  if (first !== undefined && first.ip !== (status.hostIP ?? "")) {
    report.invalid("status.hostIPs[0].ip", first.ip, "must be equal to `hostIP`");
  }
  checkAddresses(report, "status.hostIPs", status.hostIPs ?? [], before.hostIPs ?? []);
}

function checkConditions(
  report: Report,
  conditions: readonly { readonly type: string; readonly observedGeneration?: number | undefined }[],
): void {
  for (const [i, { type, observedGeneration }] of conditions.entries()) {
    const at = `status.conditions[${i}]`;
    if ((observedGeneration ?? 0) < 0) {
      report.invalid(`${at}.observedGeneration`, observedGeneration, "must be a non-negative integer");
    }
    if (!SYSTEM_CONDITIONS.includes(type)) report.check(`${at}.Type`, type, qualifiedName);
  }
}

function checkNomination(report: Report, next: CheckedPod, previous: CheckedPod): void {
  const name = next.status.nominatedNodeName;
  if (!name || name === previous.status.nominatedNodeName) return;
  report.check("status.nominatedNodeName", name, dnsSubdomain);
  if (previous.spec.nodeName) {
    report.forbidden("status.nominatedNodeName", "may not be set on pods that are already bound to a node");
  }
}

type StatusField = "containerStatuses" | "initContainerStatuses" | "ephemeralContainerStatuses";

/** Whether a container that ended may run again, by its own policy, its rules, or the pod's policy. */
function mayRestart(spec: PodSpec, field: StatusField, name: string, exitCode: number): boolean {
  if (field === "ephemeralContainerStatuses") return false;
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  if (all.some(restartsAll)) return true;
  const containers = field === "containerStatuses" ? spec.containers : (spec.initContainers ?? []);
  const container = containers.find((each) => each.name === name);
  return container !== undefined && shouldRestart(container, spec.restartPolicy, exitCode);
}

function restartsAll(container: Container): boolean {
  return (container.restartPolicyRules ?? []).some((rule) => rule.action === "RestartAllContainers");
}

function shouldRestart(container: Container, podPolicy: string, exitCode: number): boolean {
  for (const { action, exitCodes } of container.restartPolicyRules ?? []) {
    const isListed = (exitCodes?.values ?? []).includes(exitCode);
    if (exitCodes !== undefined && action === "Restart" && isListed === (exitCodes.operator === "In")) return true;
  }
  const policy = container.restartPolicy ?? podPolicy;
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}

function checkTransitions(
  report: Report,
  path: string,
  next: readonly ContainerStatus[],
  previous: readonly ContainerStatus[],
  mayRun: (name: string, exitCode: number) => boolean,
): void {
  for (const [i, { name, state }] of previous.entries()) {
    if (state.terminated === undefined) continue;
    const status = next.find((each) => each.name === name);
    if (status === undefined || status.state.terminated !== undefined) continue;
    if (!mayRun(name, state.terminated.exitCode)) {
      report.forbidden(`${path}[${i}].state`, "may not be transitioned to non-terminated state");
    }
  }
}

interface Address {
  readonly ip: string;
}

function checkAddresses(report: Report, path: string, next: readonly Address[], previous: readonly Address[]): void {
  const known = previous.map(({ ip }) => ip);
  for (const [i, { ip }] of next.entries()) checkIp(report, `${path}[${i}]`, ip, known);
  if (next.length > 1 && !isDualStack(next.map(({ ip }) => ip))) {
    report.invalid(path, next, "may specify no more than one IP for each IP family");
  }
}
