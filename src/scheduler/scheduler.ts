import type { Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import { Namespace } from "#api/core/namespace.ts";
import { Node } from "#api/core/node.ts";
import { Pod } from "#api/core/pod.ts";
import { formatTime } from "#api/time.ts";
import { isApiError, type Client } from "#client/client.ts";
import { createEventRecorder, type EventRecorder } from "#client/events.ts";
import type { InformerFactory } from "#client/informer.ts";
import { NodeInfo } from "./node_info.ts";
import { placePod } from "./placement.ts";
import { SchedulingQueue } from "./queue.ts";

export interface SchedulerOptions {
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const NAME = "default-scheduler";

/** Starts the scheduler. Resolves, once its caches are filled, with the function that stops it. */
export async function startScheduler(options: SchedulerOptions): Promise<() => void> {
  const scheduler = new Scheduler(options);
  await scheduler.start();
  return () => scheduler.stop();
}

/** Gives every pod of ours without a node one, or says why there is none. */
class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #events: EventRecorder;
  readonly #queue: SchedulingQueue;
  /** Nodes that exist, with the pods on them: those the cache shows and those we have bound since. */
  readonly #nodes = new Map<string, NodeInfo>();
  /** Uid → node of each pod counted somewhere in `#nodes`. */
  readonly #placed = new Map<string, string>();
  readonly #unsubscribe: (() => void)[] = [];
  #pumping = false;
  #stopped = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#events = createEventRecorder({ ...options, component: NAME });
    this.#queue = new SchedulingQueue(options.clock, () => this.#pump());
  }

  async start(): Promise<void> {
    const { informers } = this.#options;
    const nodes = informers.informer(Node);
    const pods = informers.informer(Pod);
    const namespaces = informers.informer(Namespace);
    await Promise.all([nodes.synced, pods.synced, namespaces.synced]);
    this.#unsubscribe.push(
      nodes.subscribe({
        add: (node) => this.#nodeChanged(node),
        update: (node, previous) => this.#nodeChanged(node, previous),
        delete: (node) => this.#nodes.delete(node.metadata.name),
      }),
      pods.subscribe({
        add: (pod) => this.#podChanged(pod),
        update: (pod) => this.#podChanged(pod),
        delete: (pod) => this.#podGone(pod),
      }),
    );
  }

  stop(): void {
    this.#stopped = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#queue.stop();
    this.#events.stop();
  }

  #nodeChanged(node: Node, previous?: Node): void {
    const known = this.#nodes.get(node.metadata.name);
    if (known) known.setNode(node);
    else {
      const info = new NodeInfo(node);
      this.#nodes.set(info.name, info);
      // Pods may have been seen before the node they are on.
      for (const pod of this.#options.informers.informer(Pod).cache.list()) {
        if (pod.spec.nodeName === info.name && !isOver(pod)) this.#place(pod, info.name);
      }
    }
    if (previous === undefined || mayHelp(node, previous)) this.#queue.wakeAll();
  }

  #podChanged(pod: Pod): void {
    const { uid } = pod.metadata;
    if (isOver(pod)) {
      this.#podGone(pod);
      return;
    }
    if (pod.spec.nodeName) {
      this.#queue.remove(uid);
      this.#place(pod, pod.spec.nodeName);
    } else if (this.#isOurs(pod)) this.#queue.put(pod);
  }

  #isOurs(pod: Pod): boolean {
    const gated = (pod.spec.schedulingGates ?? []).length > 0;
    return (
      pod.spec.schedulerName === NAME &&
      !gated &&
      !pod.metadata.deletionTimestamp &&
      !this.#placed.has(pod.metadata.uid)
    );
  }

  #podGone(pod: Pod): void {
    this.#queue.remove(pod.metadata.uid);
    if (this.#unplace(pod.metadata.uid)) this.#queue.wakeAll();
  }

  #place(pod: Pod, nodeName: string): void {
    const { uid } = pod.metadata;
    if (this.#placed.get(uid) !== nodeName) this.#unplace(uid);
    this.#placed.set(uid, nodeName);
    this.#nodes.get(nodeName)?.add(pod);
  }

  #unplace(uid: string): boolean {
    const nodeName = this.#placed.get(uid);
    if (nodeName === undefined) return false;
    this.#placed.delete(uid);
    this.#nodes.get(nodeName)?.remove(uid);
    return true;
  }

  /** Looks at pods until none is ready. Bindings go on beside it: the pod counts on its node from the decision on. */
  #pump(): void {
    if (this.#pumping || this.#stopped) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      for (let pod = this.#queue.next(); pod && !this.#stopped; pod = this.#queue.next()) this.#schedule(pod);
    });
  }

  #schedule(pod: Pod): void {
    const { informers, random } = this.#options;
    const namespaces = informers.informer(Namespace).cache;
    const labelsOf = (name: string) => namespaces.get({ name })?.metadata.labels ?? {};
    const placement = placePod(pod, [...this.#nodes.values()], labelsOf, random);
    if (placement.kind === "node") {
      this.#place(pod, placement.name);
      void this.#bind(pod, placement.name);
    } else {
      this.#queue.unschedulable(pod.metadata.uid);
      void this.#reportUnschedulable(pod, placement.message);
    }
  }

  async #bind(pod: Pod, nodeName: string): Promise<void> {
    const { client, log } = this.#options;
    const { name, namespace, uid } = pod.metadata;
    try {
      await client.createSubresource(Pod, { namespace, name }, "binding", {
        apiVersion: "v1",
        kind: "Binding",
        metadata: { name, namespace, uid },
        target: { apiVersion: "v1", kind: "Node", name: nodeName },
      });
      this.#events.event(pod, "Normal", "Scheduled", `Successfully assigned ${namespace}/${name} to ${nodeName}`);
    } catch (error) {
      this.#unplace(uid);
      // Deleted, or bound by somebody else: the cache will say so, there is nothing to retry.
      if (isApiError(error, "NotFound") || isApiError(error, "Conflict")) this.#queue.remove(uid);
      else {
        log.warn("binding failed", { pod: `${namespace}/${name}`, node: nodeName, error });
        this.#queue.retry(uid);
      }
    }
  }

  async #reportUnschedulable(pod: Pod, message: string): Promise<void> {
    this.#events.event(pod, "Warning", "FailedScheduling", message);
    const { client, clock, log } = this.#options;
    const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message };
    const current = pod.status.conditions?.find((each) => each.type === condition.type);
    if (current?.status === "False" && current.reason === condition.reason && current.message === message) return;
    const lastTransitionTime = current?.status === "False" ? current.lastTransitionTime : formatTime(clock.now());
    const body = { status: { conditions: [{ ...condition, lastTransitionTime, lastProbeTime: null }] } };
    const { name, namespace } = pod.metadata;
    try {
      await client.patch(Pod, { namespace, name }, { type: "strategic", body }, { subresource: "status" });
    } catch (error) {
      if (!isApiError(error, "NotFound")) log.warn("condition not written", { pod: `${namespace}/${name}`, error });
    }
  }
}

/** Its containers have ended for good; it takes nothing from its node any more. */
function isOver(pod: Pod): boolean {
  return pod.status.phase === "Succeeded" || pod.status.phase === "Failed";
}

/** Whether a node's change can make room for a pod that found none; heartbeats cannot. */
function mayHelp(node: Node, previous: Node): boolean {
  const seen = (each: Node) =>
    JSON.stringify([each.spec.unschedulable, each.spec.taints, each.metadata.labels, each.status.allocatable]);
  return seen(node) !== seen(previous);
}
