import type { Timer } from "#base/clock.ts";
import { Node } from "#api/core/node.ts";
import { readyStatus } from "#api/core/node_ready.ts";
import { Pod } from "#api/core/pod.ts";
import { formatTime, parseTime } from "#api/time.ts";
import { isApiError } from "#client/client.ts";
import type { Environment } from "#client/controller.ts";
import { withDisruption, withoutStaleDisruption } from "./pod_disruption.ts";
import { isTerminal } from "./pod_state.ts";

const PERIOD_MS = 20_000;
/** How long a node must have been gone before its pods are (gc_controller.go, quarantineTime). */
const QUARANTINE_MS = 40_000;
/** kube-controller-manager --terminated-pod-gc-threshold. */
const TERMINATED_MAX = 12_500;
/** Put on a node by somebody who knows that it is shut down. */
const OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";

/**
 * Takes back what was said of pods that were to be ended and are not, and deletes pods that nobody else will: of nodes
 * that are gone, told to go and never placed or on a node out of service, or long over.
 */
export class PodCollector {
  readonly #environment: Environment;
  /** Names of nodes that pods have and the cluster has not, and since when. */
  readonly #missing = new Map<string, number>();
  #timer: Timer | undefined;

  constructor(environment: Environment) {
    this.#environment = { ...environment, log: environment.log.part("pod-garbage-collector") };
  }

  start(): void {
    // Asked for here, so that the caches are filled when the first round comes.
    this.#environment.informers.informer(Pod);
    this.#environment.informers.informer(Node);
    this.#timer = this.#environment.clock.after(PERIOD_MS, () => void this.#round());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  async #round(): Promise<void> {
    try {
      await this.collect();
    } catch (error) {
      this.#environment.log.warn("cannot collect pods", { error });
    }
    if (this.#timer) this.#timer = this.#environment.clock.after(PERIOD_MS, () => void this.#round());
  }

  /** One round. */
  async collect(): Promise<void> {
    const { informers } = this.#environment;
    const [pods, nodes] = [informers.informer(Pod), informers.informer(Node)];
    if (!pods.hasSynced || !nodes.hasSynced) return;
    const all = pods.cache.list();
    for (const pod of surplusTerminated(all)) await this.#remove(pod);
    const lost = await this.#lostNodes(new Set(all.map((pod) => pod.spec.nodeName ?? "")), nodes.cache);
    const isOut = (name: string) => isOutOfService(nodes.cache.get({ name }));
    for (const pod of all) {
      const { nodeName = "" } = pod.spec;
      const isLeaving = pod.metadata.deletionTimestamp !== undefined;
      if (lost.has(nodeName)) await this.#removeOrphan(pod);
      else if (isLeaving && (nodeName === "" || isOut(nodeName))) await this.#removeUnheard(pod);
      else await this.#takeBack(pod);
    }
  }

  /** Nodes that have been missing for the quarantine, and that the server does not have either. */
  async #lostNodes(named: ReadonlySet<string>, nodes: { get(ref: { name: string }): unknown }): Promise<Set<string>> {
    const nowMs = this.#environment.clock.monotonic();
    for (const name of this.#missing.keys()) if (!named.has(name) || nodes.get({ name })) this.#missing.delete(name);
    const lost = new Set<string>();
    for (const name of named) {
      if (name === "" || nodes.get({ name })) continue;
      const sinceMs = this.#missing.get(name) ?? nowMs;
      this.#missing.set(name, sinceMs);
      if (nowMs - sinceMs < QUARANTINE_MS) continue;
      if (await this.#isGone(name)) lost.add(name);
    }
    return lost;
  }

  async #isGone(name: string): Promise<boolean> {
    try {
      await this.#environment.client.get(Node, { name });
      return false;
    } catch (error) {
      if (isApiError(error, "NotFound")) return true;
      throw error;
    }
  }

  async #removeOrphan(pod: Pod): Promise<void> {
    const { client, clock } = this.#environment;
    if (!isTerminal(pod)) {
      const message = "PodGC: node no longer exists";
      const status = withDisruption(pod, "DeletionByPodGC", message, formatTime(clock.now()));
      await unlessGone(client.updateStatus(Pod, { ...pod, status: { ...status, phase: "Failed" } }));
    }
    await this.#remove(pod);
  }

  /** No kubelet will ever say how it ended, and whoever counts its end by a finalizer waits for that. */
  async #removeUnheard(pod: Pod): Promise<void> {
    const failed = { ...pod, status: { ...pod.status, phase: "Failed" } };
    if (!isTerminal(pod)) await unlessGone(this.#environment.client.updateStatus(Pod, failed));
    await this.#remove(pod);
  }

  async #takeBack(pod: Pod): Promise<void> {
    const { client, clock } = this.#environment;
    const status = withoutStaleDisruption(pod, clock.now());
    if (status) await unlessGone(client.updateStatus(Pod, { ...pod, status }));
  }

  async #remove(pod: Pod): Promise<void> {
    const { uid } = pod.metadata;
    const options = { gracePeriodSeconds: 0, preconditions: { uid } };
    await unlessGone(this.#environment.client.delete(Pod, pod.metadata, options));
  }
}

async function unlessGone(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isApiError(error, "NotFound")) throw error;
  }
}

/** Whether somebody vouches for it that nothing runs there: it is not ready, and taken out of service. */
function isOutOfService(node: Node | undefined): boolean {
  if (!node || readyStatus(node) === "True") return false;
  return (node.spec.taints ?? []).some(({ key }) => key === OUT_OF_SERVICE);
}

/** Pods whose work is over, beyond the number kept: those their node evicted first, then the oldest. Pure. */
export function surplusTerminated(pods: readonly Pod[], keptMax = TERMINATED_MAX): readonly Pod[] {
  const over = pods.filter(isTerminal);
  const createdMs = (pod: Pod) => parseTime(pod.metadata.creationTimestamp);
  const rank = ({ status }: Pod) => (status.phase === "Failed" && status.reason === "Evicted" ? 0 : 1);
  if (over.length <= keptMax) return [];
  return over.toSorted((a, b) => rank(a) - rank(b) || createdMs(a) - createdMs(b)).slice(0, over.length - keptMax);
}
