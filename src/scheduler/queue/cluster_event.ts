import type { Node } from "#api/core/node.ts";
import type { PodInfo } from "../nodes/pod_info.ts";

/** A change in the cluster that may let a waiting pod be placed. */
export type ClusterEvent =
  | { readonly kind: "nodeAdded"; readonly node: Node }
  | { readonly kind: "nodeChanged"; readonly node: Node; readonly previous: Node; readonly parts: NodeParts }
  | { readonly kind: "nodeGone"; readonly node: Node }
  | { readonly kind: "podPlaced"; readonly pod: PodInfo }
  | { readonly kind: "podChanged"; readonly pod: PodInfo; readonly previous: PodInfo }
  | { readonly kind: "podGone"; readonly pod: PodInfo }
  | { readonly kind: "namespaceChanged"; readonly namespace: string }
  | { readonly kind: "storageChanged"; readonly what: StorageKind; readonly namespace: string; readonly name: string };

export type StorageKind = "claim" | "volume" | "class" | "csiNode";

/** Which parts of a node differ; heartbeats differ in none. */
export interface NodeParts {
  readonly labels: boolean;
  readonly taints: boolean;
  readonly allocatable: boolean;
}

export function changedParts(node: Node, previous: Node): NodeParts {
  const differ = (part: (of: Node) => unknown) => JSON.stringify(part(node)) !== JSON.stringify(part(previous));
  return {
    labels: node.metadata.labels !== previous.metadata.labels && differ(({ metadata }) => metadata.labels),
    taints: differ(({ spec }) => [spec.unschedulable ?? false, spec.taints]),
    allocatable: differ(({ status }) => status.allocatable),
  };
}

export function differs({ labels, taints, allocatable }: NodeParts): boolean {
  return labels || taints || allocatable;
}
