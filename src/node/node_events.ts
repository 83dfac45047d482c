import type { Node } from "#api/core/node.ts";
import type { Pod } from "#api/core/pod.ts";

/** What an event is about. */
export interface EventTarget {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion?: string;
  /** For example `spec.containers{web}`. */
  readonly fieldPath?: string;
}

/** Where events go. Never throws and never waits. */
export interface Events {
  record(target: EventTarget, type: "Normal" | "Warning", reason: string, message: string): void;
}

export function podTarget(pod: Pod): EventTarget {
  const { name, namespace, uid, resourceVersion } = pod.metadata;
  return { apiVersion: "v1", kind: "Pod", name, namespace, uid, resourceVersion };
}

export function containerTarget(pod: Pod, container: string): EventTarget {
  const init = pod.spec.initContainers?.some((each) => each.name === container);
  return { ...podTarget(pod), fieldPath: `spec.${init ? "initContainers" : "containers"}{${container}}` };
}

/** Nodes are named by their name also where a uid belongs, as kubelet does. */
export function nodeTarget(node: Pick<Node, "metadata">): EventTarget {
  const { name } = node.metadata;
  return { apiVersion: "v1", kind: "Node", name, uid: name };
}

export const noEvents: Events = { record() {} };
