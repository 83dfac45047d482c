import type { NodeUsage, PodUse, ResourceUse } from "#api/metrics/node_usage.ts";

/** Counted since some start: two of them make a rate. */
export interface Counted {
  readonly atMs: number;
  readonly cpuNanoseconds: bigint;
  readonly memoryBytes: number;
}

/** What runs in which pod. */
export interface MeasuredContainer extends Counted {
  readonly id: string;
  readonly name: string;
  readonly startedAtMs: number;
  readonly pod: { readonly namespace: string; readonly name: string; readonly uid: string };
}

/** One measurement of a machine. */
export interface Measurement {
  readonly atMs: number;
  /** Absent where the machine counts nothing: it then uses what its containers use. */
  readonly machine: Counted | undefined;
  readonly containers: readonly MeasuredContainer[];
}

/** A container that has run this long is measured from its start (metrics-server, freshContainerMinMetricsResolution). */
const FRESH_MS_MIN = 10_000;

/** What was used between two measurements. Pure. */
export function usageBetween(before: Measurement | undefined, now: Measurement): NodeUsage {
  const earlier = new Map(before?.containers.map((each) => [each.id, each]));
  const used = now.containers.map((container) => {
    const from = earlier.get(container.id) ?? sinceStart(container);
    return { container, use: from && useBetween(from, container) };
  });
  const pods = podUses(used);
  if (before === undefined) return { pods };
  if (now.machine === undefined) return { node: together(before, now, used), pods };
  return { node: before.machine && useBetween(before.machine, now.machine), pods };
}

type Use = ResourceUse & { readonly timestampMs: number; readonly windowMs: number };
type Used = { readonly container: MeasuredContainer; readonly use: Use | undefined };

/** A container that was started between the measurements had used nothing then. */
function sinceStart({ atMs, startedAtMs }: MeasuredContainer): Counted | undefined {
  if (startedAtMs <= 0 || atMs - startedAtMs < FRESH_MS_MIN) return undefined;
  return { atMs: startedAtMs, cpuNanoseconds: 0n, memoryBytes: 0 };
}

function useBetween(from: Counted, to: Counted): Use | undefined {
  const windowMs = to.atMs - from.atMs;
  const nanoseconds = Number(to.cpuNanoseconds - from.cpuNanoseconds);
  if (windowMs <= 0 || nanoseconds < 0) return undefined;
  const cpuNanocores = Math.round((nanoseconds * 1000) / windowMs);
  return { cpuNanocores, memoryBytes: to.memoryBytes, timestampMs: to.atMs, windowMs };
}

/** Pods all of whose running containers were measured. */
function podUses(used: readonly Used[]): PodUse[] {
  const byPod = Map.groupBy(used, ({ container }) => container.pod.uid);
  return [...byPod.values()].flatMap((members) => {
    const uses = members.flatMap(({ container: { name }, use }) => (use ? [{ name, ...use }] : []));
    const [first] = members;
    if (first === undefined || uses.length < members.length) return [];
    const { namespace, name, uid } = first.container.pod;
    const timestampMs = Math.min(...uses.map((use) => use.timestampMs));
    const windowMs = Math.max(...uses.map((use) => use.windowMs));
    const containers = uses.map(({ name: container, cpuNanocores, memoryBytes }) => ({
      name: container,
      cpuNanocores,
      memoryBytes,
    }));
    return [{ namespace, name, uid, timestampMs, windowMs, containers }];
  });
}

/** A machine that is only its containers. */
function together(before: Measurement, now: Measurement, used: readonly Used[]): Use {
  const uses = used.flatMap(({ use }) => use ?? []);
  return {
    cpuNanocores: uses.reduce((sum, use) => sum + use.cpuNanocores, 0),
    memoryBytes: uses.reduce((sum, use) => sum + use.memoryBytes, 0),
    timestampMs: now.atMs,
    windowMs: now.atMs - before.atMs,
  };
}
