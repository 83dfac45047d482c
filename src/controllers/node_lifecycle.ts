import type { Clock } from "#base/clock.ts";
import { Lease } from "#api/coordination/lease.ts";
import { Node } from "#api/core/node.ts";
import { readyStatus } from "#api/core/node_ready.ts";
import { Pod } from "#api/core/pod.ts";
import { formatTime } from "#api/time.ts";
import { isApiError } from "#client/client.ts";
import { controller, watching, type Context, type Controller } from "#client/controller.ts";
import { semanticallyEqual } from "#client/equality.ts";
import { podsOn } from "./node_pods.ts";
import { GRACE_MS, isDrivenOut, silentConditions, STARTUP_GRACE_MS, taintsOf } from "./node_health.ts";
import { EvictionBrake, zoneOf } from "./node_zones.ts";
import { isReady } from "./pod_state.ts";

const LEASE_NAMESPACE = "kube-node-lease";
/** How soon to look at a lost node again (--node-monitor-period): what becomes of it depends on all others. */
const MONITOR_MS = 5_000;

/** When a node was last heard, by the clock of this machine: the node's own clock may be wrong. */
interface Heard {
  /** The newest lease and the newest heartbeat in the status that the node itself wrote. */
  readonly lease: string | undefined;
  readonly status: string | undefined;
  readonly atMs: number;
}

/**
 * Notices nodes that fell silent, marks them and what they ran, and taints each node by its conditions.
 *
 * @param silenceMs How long a node may be silent before it counts as lost. What follows from that takes its share of it.
 */
export function nodeLifecycleController(clock: Clock, silenceMs = GRACE_MS): Controller<typeof Node> {
  const heard = new Map<string, Heard>();
  const registered = new Map<string, string>();
  const pace = silenceMs / GRACE_MS;
  const brake = new EvictionBrake(pace);
  const hear = (name: string, sign: { readonly lease?: string | undefined; readonly status?: string | undefined }) => {
    const last = heard.get(name);
    const now = { lease: last?.lease, status: last?.status, ...sign };
    if (last && last.lease === now.lease && last.status === now.status) return;
    heard.set(name, { ...now, atMs: clock.monotonic() });
  };
  return controller({
    name: "node-lifecycle",
    component: "node-controller",
    for: Node,
    watches: [
      watching(Pod, () => []),
      // Thousands of renewals come to nothing each second: the lease is only noted, and looked up when time is up.
      watching(Lease, ({ metadata, spec }) => {
        if (metadata.namespace === LEASE_NAMESPACE) hear(metadata.name, { lease: spec.renewTime });
        return [];
      }),
    ],

    async reconcile(node, context) {
      const { name, uid } = node.metadata;
      if (registered.get(name) !== uid) {
        registered.set(name, uid);
        const message = `Node ${name} event: Registered Node ${name} in Controller`;
        context.events.event(node, "Normal", "RegisteredNode", message);
      }
      // Either sign is enough: a node that comes back writes its status before its lease.
      hear(name, heartbeatOf(node));
      const hasReported = readyStatus(node) !== undefined;
      const graceMs = hasReported ? silenceMs : STARTUP_GRACE_MS;
      const silentMs = clock.monotonic() - (heard.get(name)?.atMs ?? 0);
      const isSilent = silentMs >= graceMs;
      const seen = isSilent ? await markSilent(node, context) : node;
      await setTaints(seen, brake, context);
      // A node that speaks tells of its pods itself.
      if (isSilent) await markPods(seen, context);
      const untilSilentMs = isSilent ? Infinity : graceMs - silentMs;
      return {
        requeueAfterMs: readyStatus(seen) === "True" ? untilSilentMs : Math.min(MONITOR_MS * pace, untilSilentMs),
      };
    },

    async gone({ name }) {
      heard.delete(name);
      registered.delete(name);
      brake.forget(name);
    },
  });
}

/** The heartbeat in a status that the node itself wrote. */
function heartbeatOf(node: Node): { readonly status?: string } {
  const ready = node.status.conditions?.find((condition) => condition.type === "Ready");
  return ready?.lastHeartbeatTime && ready.status !== "Unknown" ? { status: ready.lastHeartbeatTime } : {};
}

async function markSilent(node: Node, { client, clock, events }: Context): Promise<Node> {
  const conditions = silentConditions(node, clock.now());
  if (semanticallyEqual(conditions, node.status.conditions)) return node;
  const was = readyStatus(node);
  const updated = await client.updateStatus(Node, { ...node, status: { ...node.status, conditions } });
  const { name } = node.metadata;
  if (was === "True") events.event(node, "Normal", "NodeNotReady", `Node ${name} status is now: NodeNotReady`);
  return updated;
}

async function setTaints(node: Node, brake: EvictionBrake, { client, cache, clock }: Context): Promise<void> {
  const nowMs = clock.monotonic();
  const ready = readyStatus(node);
  if (ready !== "True") brake.count(() => cache(Node).list(), nowMs);
  brake.note(node);
  // One that has said nothing yet may just be starting.
  const isLost = ready === "False" || ready === "Unknown";
  const isOut = isDrivenOut(node) ? !brake.isTotal : isLost && brake.release(zoneOf(node), nowMs);
  const taints = taintsOf(node, isOut, clock.now());
  if (semanticallyEqual(taints, node.spec.taints ?? [])) return;
  const { uid, resourceVersion } = node.metadata;
  const body = { metadata: { uid, resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } };
  await client.patch(Node, node.metadata, { type: "merge", body });
}

/** Pods of a node nobody hears count as not ready, so that Services send nobody there. */
async function markPods(node: Node, { client, cache, clock, events }: Context): Promise<void> {
  for (const pod of podsOn(cache(Pod), node.metadata.name)) {
    if (!isReady(pod)) continue;
    const lastTransitionTime = formatTime(clock.now());
    const conditions = (pod.status.conditions ?? []).map((condition) =>
      condition.type === "Ready" ? { ...condition, status: "False", lastTransitionTime } : condition,
    );
    try {
      await client.updateStatus(Pod, { ...pod, status: { ...pod.status, conditions } });
      events.event(pod, "Warning", "NodeNotReady", "Node is not ready");
    } catch (error) {
      if (!isApiError(error, "NotFound") && !isApiError(error, "Conflict")) throw error;
    }
  }
}
