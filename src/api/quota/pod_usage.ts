import type { Pod } from "../core/pod.ts";
import { podResourceTotals } from "../core/pod_requests.ts";
import type { Container } from "../core/container.ts";
import { parseTime } from "../time.ts";
import { added, type Totals } from "./totals.ts";

/** What a quota calls what is requested and limited of these; `cpu` alone means requests. */
const COMPUTE = ["cpu", "memory", "ephemeral-storage"];
const PLAIN = new Set(["pods", ...COMPUTE, ...COMPUTE.flatMap((name) => [`requests.${name}`, `limits.${name}`])]);
/** What each container must say for itself when a quota counts it. */
const EXPLICIT = new Set(["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"]);

/** Whether pods are what a quota counts under this name. */
export function isPodResource(name: string): boolean {
  if (PLAIN.has(name) || name.startsWith("hugepages-") || name.startsWith("requests.hugepages-")) return true;
  // Of what vendors add only requests can be counted: nobody may use more than he requested.
  return name.startsWith("requests.") && name.includes("/") && !name.includes("kubernetes.io/");
}

/** What a pod uses of its quota. One whose work is over only takes its place in storage. */
export function podUsage(pod: Pod, nowMs: number): Totals {
  const stored = { "count/pods": "1" };
  if (isOver(pod, nowMs)) return stored;
  const compute = quotaNames(podResourceTotals(pod.spec, "requests"), podResourceTotals(pod.spec, "limits"));
  return { ...added(stored, compute), pods: "1" };
}

/** Ended, or gone without anybody saying so: its node did not answer within the time it had. */
function isOver({ metadata, status }: Pod, nowMs: number): boolean {
  if (status.phase === "Succeeded" || status.phase === "Failed") return true;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return false;
  return nowMs > parseTime(deletionTimestamp) + deletionGracePeriodSeconds * 1000;
}

/** Requests and limits under the names quotas have for them. */
function quotaNames(requests: Totals, limits: Totals): Totals {
  const totals: Record<string, string> = {};
  for (const [name, amount] of Object.entries(requests)) {
    const isCompute = COMPUTE.includes(name);
    const isHugePages = name.startsWith("hugepages-");
    const isExtended = name.includes("/") && !name.includes("kubernetes.io/");
    if (isCompute || isHugePages) totals[name] = amount;
    if (isCompute || isHugePages || isExtended) totals[`requests.${name}`] = amount;
  }
  for (const name of COMPUTE) if (limits[name] !== undefined) totals[`limits.${name}`] = limits[name];
  return totals;
}

/**
 * What is wrong with a pod under a quota that counts `names`: `must specify limits.cpu for: web`. Undefined when nothing.
 */
export function missingRequests({ spec }: Pod, names: readonly string[]): string | undefined {
  const whole = said(spec.resources);
  const required = names.filter((name) => EXPLICIT.has(name) && !whole.has(name)).toSorted();
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const missing = required.flatMap((name) => {
    const silent = containers.filter(({ resources }) => !said(resources).has(name)).map((each) => each.name);
    return silent.length > 0 ? [`${name} for: ${[...new Set(silent)].toSorted().join(",")}`] : [];
  });
  return missing.length > 0 ? `must specify ${missing.join("; ")}` : undefined;
}

function said(resources: Pick<Container["resources"], "requests" | "limits"> | undefined): Set<string> {
  return new Set(Object.keys(quotaNames(resources?.requests ?? {}, resources?.limits ?? {})));
}
