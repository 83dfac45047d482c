import type { Log } from "#base/log.ts";
import { Pod } from "#api/core/pod.ts";
import { isApiError, type Client } from "#client/client.ts";
import type { Extender } from "./extenders/extender.ts";
import type { ClusterIndex } from "./nodes/cluster_index.ts";
import type { PodInfo } from "./nodes/pod_info.ts";
import type { Tell } from "./report.ts";
import type { SchedulingQueue } from "./queue/scheduling_queue.ts";
import type { Pledge, VolumeBinder } from "./volume_binder.ts";

interface BinderOptions {
  readonly client: Client;
  readonly log: Log;
  readonly tell: Tell;
  readonly index: ClusterIndex;
  readonly queue: SchedulingQueue;
  /** One of them may bind a pod itself. */
  readonly extenders: readonly Extender[];
  readonly volumes: VolumeBinder;
  /** Tells that something went wrong that says nothing of the nodes. */
  failed(pod: PodInfo, message: string): void;
  /** Called when there is room for another binding after there was none. */
  onRoom(): void;
}

/** Bindings on their way at once; more would only wait in the server. */
const BINDINGS_MAX = 128;

/** Writes decisions down. The pod counts on its node from the decision on, and no more if it cannot be bound. */
export class Binder {
  readonly #options: BinderOptions;
  #underWay = 0;

  constructor(options: BinderOptions) {
    this.#options = options;
  }

  get hasRoom(): boolean {
    return this.#underWay < BINDINGS_MAX;
  }

  bind(pod: PodInfo, nodeName: string): void {
    this.#options.queue.binding(pod.uid);
    this.#options.index.place(pod, nodeName);
    const pledge = this.#options.volumes.pledge(pod, nodeName);
    if (pledge === undefined) this.#send(pod, nodeName);
    else void this.#bindVolumes(pod, nodeName, pledge);
  }

  /** Volumes may take minutes: meanwhile other pods are bound. */
  async #bindVolumes(pod: PodInfo, nodeName: string, pledge: Pledge): Promise<void> {
    const { volumes, queue, failed } = this.#options;
    try {
      await volumes.redeem(pledge, () => queue.has(pod.uid));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (queue.has(pod.uid)) failed(pod, `running PreBind plugin "VolumeBinding": ${reason}`);
      this.#forget(pod, false);
      return;
    }
    this.#send(pod, nodeName);
  }

  #send(pod: PodInfo, nodeName: string): void {
    this.#underWay++;
    void this.#bind(pod, nodeName).finally(() => {
      this.#underWay--;
      if (this.#underWay === BINDINGS_MAX - 1) this.#options.onRoom();
    });
  }

  async #bind(pod: PodInfo, nodeName: string): Promise<void> {
    const { tell, log } = this.#options;
    const { name, namespace } = pod.pod.metadata;
    try {
      if (!(await this.#bindByExtender(pod, nodeName))) await this.#bindByApi(pod, nodeName);
      tell(pod, pod, "Normal", "Scheduled", `Successfully assigned ${namespace}/${name} to ${nodeName}`);
    } catch (error) {
      const isSettled = isApiError(error, "NotFound") || isApiError(error, "Conflict");
      if (!isSettled) log.warn("binding failed", { pod: pod.id, node: nodeName, error });
      this.#forget(pod, isSettled);
    }
  }

  async #bindByExtender(pod: PodInfo, nodeName: string): Promise<boolean> {
    for (const extender of this.#options.extenders) {
      if (extender.concerns(pod) && (await extender.bind(pod, nodeName))) return true;
    }
    return false;
  }

  async #bindByApi({ pod }: PodInfo, nodeName: string): Promise<void> {
    const { name, namespace, uid } = pod.metadata;
    await this.#options.client.createSubresource(Pod, { namespace, name }, "binding", {
      apiVersion: "v1",
      kind: "Binding",
      metadata: { name, namespace, uid },
      target: { apiVersion: "v1", kind: "Node", name: nodeName },
    });
  }

  /** Deleted, or bound by somebody else, is for the cache to tell; all else is tried again. */
  #forget(pod: PodInfo, isSettled: boolean): void {
    const { index, queue } = this.#options;
    // The cache may have shown another version meanwhile: that one stays.
    if (index.placementOf(pod.uid)?.pod === pod && !pod.pod.spec.nodeName) {
      index.remove(pod.uid);
      queue.happened({ kind: "podGone", pod });
    }
    if (isSettled) queue.remove(pod.uid);
    else queue.failed(pod.uid);
  }
}
