import type { NodeInfo } from "./node_info.ts";

const REGION = "topology.kubernetes.io/region";
const ZONE = "topology.kubernetes.io/zone";

/** The nodes with zones in turn: when only some are looked at, they are of all zones (backend/cache/node_tree.go). */
export function interleavedByZone(nodes: Iterable<NodeInfo>): NodeInfo[] {
  const zones = new Map<string, NodeInfo[]>();
  for (const info of nodes) {
    const zone = `${info.labels[REGION] ?? ""}\0${info.labels[ZONE] ?? ""}`;
    const here = zones.get(zone);
    if (here) here.push(info);
    else zones.set(zone, [info]);
  }
  const order: NodeInfo[] = [];
  const longest = Math.max(0, ...Array.from(zones.values(), (here) => here.length));
  for (let at = 0; at < longest; at++) {
    for (const here of zones.values()) {
      const info = here[at];
      if (info) order.push(info);
    }
  }
  return order;
}
