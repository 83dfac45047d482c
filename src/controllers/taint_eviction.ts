import { tolerates } from "#api/core/node_selection.ts";
import { Node } from "#api/core/node.ts";
import { Pod } from "#api/core/pod.ts";
import type { Taint, Toleration } from "#api/core/taint.ts";
import { formatTime, parseTime } from "#api/time.ts";
import { isApiError } from "#client/client.ts";
import { controller, watching, type Context } from "#client/controller.ts";
import { podsOn } from "./node_pods.ts";
import { withDisruption } from "./pod_disruption.ts";

/** Deletes pods from nodes whose NoExecute taints they do not bear, or no longer. Remembers only whom to tell. */
export function taintEvictionController() {
  /** By node, the uids of pods that were to go later. */
  const awaiting = new Map<string, ReadonlySet<string>>();
  return controller({
    name: "taint-eviction",
    component: "taint-eviction-controller",
    for: Node,
    watches: [
      watching(Pod, (pod, previous, { cache }) => {
        const { nodeName } = pod.spec;
        if (!nodeName || previous?.spec.nodeName === nodeName) return [];
        return noExecute(cache(Node).get({ name: nodeName })).length > 0 ? [{ name: nodeName }] : [];
      }),
    ],

    async reconcile(node, context) {
      const { name } = node.metadata;
      const taints = noExecute(node);
      const before = awaiting.get(name);
      if (taints.length === 0 && before === undefined) return undefined;
      const nowMs = context.clock.now();
      let nextMs = Infinity;
      const waiting = new Set<string>();
      for (const pod of podsOn(context.cache(Pod), name)) {
        const { uid, deletionTimestamp } = pod.metadata;
        if (deletionTimestamp !== undefined) continue;
        const untilMs = evictionMs(pod.spec.tolerations ?? [], taints, nowMs);
        if (untilMs <= nowMs) await evict(pod, context);
        else if (untilMs < Infinity) waiting.add(uid);
        else if (before?.has(uid)) tell(pod, "Cancelling deletion of", context);
        nextMs = untilMs <= nowMs ? nextMs : Math.min(nextMs, untilMs);
      }
      if (waiting.size > 0) awaiting.set(name, waiting);
      else awaiting.delete(name);
      return { requeueAfterMs: Number.isFinite(nextMs) ? nextMs - nowMs : undefined };
    },

    async gone({ name }) {
      awaiting.delete(name);
    },
  });
}

function tell(pod: Pod, what: string, { events }: Context): void {
  const { namespace, name } = pod.metadata;
  events.event(pod, "Normal", "TaintManagerEviction", `${what} Pod ${namespace}/${name}`);
}

function noExecute(node: Node | undefined): readonly Taint[] {
  return (node?.spec.taints ?? []).filter((taint) => taint.effect === "NoExecute");
}

/** When a pod has to go, milliseconds since the epoch: now for a taint it does not bear, Infinity for never. Pure. */
export function evictionMs(tolerations: readonly Toleration[], taints: readonly Taint[], nowMs: number): number {
  let earliestMs = Infinity;
  for (const taint of taints) {
    const bearing = tolerations.filter((toleration) => tolerates(toleration, taint));
    if (bearing.length === 0) return nowMs;
    const seconds = Math.min(...bearing.map((toleration) => toleration.tolerationSeconds ?? Infinity));
    const sinceMs = taint.timeAdded === undefined ? nowMs : parseTime(taint.timeAdded);
    earliestMs = Math.min(earliestMs, sinceMs + Math.max(0, seconds) * 1000);
  }
  return earliestMs;
}

async function evict(pod: Pod, context: Context): Promise<void> {
  const { client, clock } = context;
  const { uid } = pod.metadata;
  const message = "Taint manager: deleting due to NoExecute taint";
  const status = withDisruption(pod, "DeletionByTaintManager", message, formatTime(clock.now()));
  tell(pod, "Marking for deletion", context);
  try {
    await client.updateStatus(Pod, { ...pod, status });
    await client.delete(Pod, pod.metadata, { preconditions: { uid } });
  } catch (error) {
    if (!isApiError(error, "NotFound")) throw error;
  }
}
