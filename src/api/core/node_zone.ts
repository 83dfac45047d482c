import type { Node } from "./node.ts";

const ZONE_LABEL = "topology.kubernetes.io/zone";

/** The zone a node's labels say it is in; undefined where they do not, or the node is not there. */
export function zoneLabel(node: Pick<Node, "metadata"> | undefined): string | undefined {
  return node?.metadata.labels?.[ZONE_LABEL];
}
