import type { ClusterPaths } from "#cli/paths.ts";
import type { ContainerdOptions } from "#node/containerd/config.ts";
import { bridgeName } from "#node/containerd/config.ts";
import type { NodeLink } from "#proxy/node_link.ts";
import { nodeNameOf, type Networks } from "./networks.ts";

/**
 * Where one of a cluster's nodes on this machine has its things. The first lives in the machine's own network namespace
 * beside the control plane, each further one in a namespace of its own.
 */
export interface NodePlace {
  /** From 1 up. */
  readonly number: number;
  readonly nodeName: string;
  readonly containerd: ContainerdOptions;
  /** First address of the node's pod network: the pods' bridge, and the node as others know it. */
  readonly gateway: string;
  readonly podCidr: string;
  /** Process id, log and credentials of the node's agent, which is a process of its own from the second node on. */
  readonly agent: {
    readonly pidFile: string;
    readonly log: string;
    readonly credentials: string;
  };
}

export function nodePlace(paths: ClusterPaths, networks: Networks, number: number): NodePlace {
  const prefix = prefixOf(networks);
  const podCidr = `${prefix}.${number - 1}.0/24`;
  const directory = number === 1 ? paths.node : `${paths.data}/node-${number}`;
  // No cluster's name has an underscore, so that no cluster is called like another's node.
  const name = number === 1 ? paths.name : `${paths.name}_${number}`;
  const agent = `${paths.run}/agent-${number}`;
  return {
    number,
    nodeName: nodeNameOf(paths.name, number),
    containerd: { name, directory, podCidr, ...(number > 1 && { netnsPath: `/run/netns/knarr-${name}` }) },
    gateway: `${prefix}.${number - 1}.1`,
    podCidr,
    agent: { pidFile: `${agent}.pid`, log: `${paths.data}/log/agent-${number}.log`, credentials: `${agent}.json` },
  };
}

/** The link from a further node to the machine. */
export function nodeLink(paths: ClusterPaths, networks: Networks, place: NodePlace): NodeLink {
  const prefix = prefixOf(networks);
  return {
    bridge: wireName(paths),
    bridgeAddress: `${prefix}.255.1`,
    prefixLength: 24,
    netns: `knarr-${place.containerd.name}`,
    hostLink: bridgeName(`${paths.name}_v${place.number}`),
    address: `${prefix}.255.${place.number}`,
    podCidr: place.podCidr,
  };
}

/** The bridge to which all further nodes' links lead. */
export function wireName(paths: ClusterPaths): string {
  return bridgeName(`${paths.name}_n`);
}

function prefixOf({ podCidr }: Networks): string {
  return podCidr.split(".").slice(0, 2).join(".");
}
