import type { Pod } from "#api/core/pod.ts";
import { annotatedUse } from "#api/metrics/annotated_use.ts";
import type { NodeUsage, PodUse } from "#api/metrics/node_usage.ts";

/** A container that says nothing uses a hundredth of a core and 8 MiB. */
const CPU_MILLI = 10;
const MEMORY_BYTES = 8 * 2 ** 20;
const NANO_PER_MILLI = 1_000_000;
/** What is shown as measured over this long was so at each moment of it. */
const WINDOW_MS = 15_000;

/** What the pods of a simulated node use, as their annotations say, and the node with them. Pure. */
export function usageOf(pods: readonly Pod[], nowMs: number): NodeUsage {
  const measured = { timestampMs: nowMs, windowMs: WINDOW_MS };
  const uses = pods.map(({ metadata, spec }): PodUse => {
    const containers = spec.containers.map(({ name }) => {
      const { cpuMilli = CPU_MILLI, memoryBytes = MEMORY_BYTES } = annotatedUse(metadata.annotations ?? {}, name);
      return { name, cpuNanocores: cpuMilli * NANO_PER_MILLI, memoryBytes };
    });
    const { namespace, name, uid } = metadata;
    return { namespace, name, uid, ...measured, containers };
  });
  const all = uses.flatMap(({ containers }) => containers);
  const cpuNanocores = all.reduce((sum, each) => sum + each.cpuNanocores, 0);
  const memoryBytes = all.reduce((sum, each) => sum + each.memoryBytes, 0);
  return { node: { cpuNanocores, memoryBytes, ...measured }, pods: uses };
}
