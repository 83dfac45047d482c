import type { Timer } from "#base/clock.ts";
import { Node } from "#api/core/node.ts";
import { Pod } from "#api/core/pod.ts";
import { formatTime, parseTime } from "#api/time.ts";
import { isApiError } from "#client/client.ts";
import type { Environment } from "#client/controller.ts";
import { withDisruption } from "./pod_disruption.ts";
import { isTerminal } from "./pod_state.ts";

const PERIOD_MS = 20_000;
/** How long a node must have been gone before its pods are (gc_controller.go, quarantineTime). */
const QUARANTINE_MS = 40_000;
/** kube-controller-manager --terminated-pod-gc-threshold. */
const TERMINATED_MAX = 12_500;

/** Deletes pods that nobody else will: of nodes that are gone, never placed and told to go, or long over. */
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
    for (const pod of all) {
      if (lost.has(pod.spec.nodeName ?? "")) await this.#removeOrphan(pod);
      else if (!pod.spec.nodeName && pod.metadata.deletionTimestamp !== undefined) await this.#removeUnplaced(pod);
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
      const status = withDisruption(pod.status, "DeletionByPodGC", message, formatTime(clock.now()));
      await unlessGone(client.updateStatus(Pod, { ...pod, status: { ...status, phase: "Failed" } }));
    }
    await this.#remove(pod);
  }

  /** No kubelet will ever say how it ended, and whoever counts its end by a finalizer waits for that. */
  async #removeUnplaced(pod: Pod): Promise<void> {
    const failed = { ...pod, status: { ...pod.status, phase: "Failed" } };
    if (!isTerminal(pod)) await unlessGone(this.#environment.client.updateStatus(Pod, failed));
    await this.#remove(pod);
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

/** Pods whose work is over, beyond the number kept, the oldest first. Pure. */
export function surplusTerminated(pods: readonly Pod[], keptMax = TERMINATED_MAX): readonly Pod[] {
  const over = pods.filter(isTerminal);
  const createdMs = (pod: Pod) => parseTime(pod.metadata.creationTimestamp);
  return over.length <= keptMax
    ? []
    : over.toSorted((a, b) => createdMs(a) - createdMs(b)).slice(0, over.length - keptMax);
}
