import type { NodeStatus } from "./node_status.ts";

/** What a node's Ready condition says; undefined where the node has never said. */
export function readyStatus({ status }: { readonly status: NodeStatus }): string | undefined {
  return status.conditions?.find(({ type }) => type === "Ready")?.status;
}
