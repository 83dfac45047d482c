import type { PodInfo } from "../nodes/pod_info.ts";

/** Pods that others were evicted for, by the node they are expected on: room is kept for them. */
export class Nominator {
  readonly #byNode = new Map<string, Map<string, PodInfo>>();
  readonly #nodeOf = new Map<string, string>();

  /** Expects the pod on a node, in place of where it was expected before. */
  set(pod: PodInfo, nodeName: string): void {
    this.delete(pod.uid);
    this.#nodeOf.set(pod.uid, nodeName);
    const here = this.#byNode.get(nodeName);
    if (here) here.set(pod.uid, pod);
    else this.#byNode.set(nodeName, new Map([[pod.uid, pod]]));
  }

  delete(uid: string): void {
    const nodeName = this.#nodeOf.get(uid);
    if (nodeName === undefined) return;
    this.#nodeOf.delete(uid);
    const here = this.#byNode.get(nodeName);
    here?.delete(uid);
    if (here?.size === 0) this.#byNode.delete(nodeName);
  }

  /** A newer version of a pod; it is expected where it was. */
  refresh(pod: PodInfo): void {
    const nodeName = this.#nodeOf.get(pod.uid);
    if (nodeName !== undefined) this.#byNode.get(nodeName)?.set(pod.uid, pod);
  }

  nodeOf(uid: string): string | undefined {
    return this.#nodeOf.get(uid);
  }

  /** Pods expected on a node that come before `pod`, or with it: it must leave them room. */
  ahead(nodeName: string, pod: PodInfo): readonly PodInfo[] | undefined {
    if (this.#byNode.size === 0) return undefined;
    const here = this.#byNode.get(nodeName);
    if (here === undefined) return undefined;
    const ahead = Array.from(here.values()).filter(({ priority, uid }) => priority >= pod.priority && uid !== pod.uid);
    return ahead.length === 0 ? undefined : ahead;
  }

  /** Pods expected on a node that matter less than `pod`. */
  behind(nodeName: string, pod: PodInfo): readonly PodInfo[] {
    return Array.from(this.#byNode.get(nodeName)?.values() ?? []).filter(({ priority }) => priority < pod.priority);
  }
}
