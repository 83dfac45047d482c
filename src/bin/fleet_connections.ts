import type { ContainerTarget, NodeConnections } from "#apiserver/node_connection.ts";
import { AGENT_PORT } from "#node/agent_door.ts";
import type { FleetNode } from "#simulation/fleet_node.ts";

/** The way to a node without a machine: it says what its pods use, but nothing runs there that could be looked into. */
export function fleetConnections(node: FleetNode): NodeConnections {
  const refuse = async ({ nodeName }: Pick<ContainerTarget, "nodeName">): Promise<never> => {
    throw new Error(`the node ${nodeName} is simulated: no container runs there`);
  };
  return {
    logs: refuse,
    exec: refuse,
    attach: refuse,
    portForward: refuse,
    async serve() {
      throw new Error(`dial tcp ${node.nodeIp}:${AGENT_PORT}: connect: connection refused`);
    },
    async usage() {
      if (!node.isHeard) throw new Error(`the node ${node.name} cannot be reached`);
      return node.usage();
    },
  };
}
