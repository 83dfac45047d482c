import type { Files } from "#sys/files.ts";
import { mustRun, type RunCommand } from "#sys/process.ts";

/** How a node in a network namespace of its own is joined to the machine: a pair of links, one end on a shared bridge. */
export interface NodeLink {
  /** The bridge of all nodes' links, in the machine's own namespace, and its address there. */
  readonly bridge: string;
  readonly bridgeAddress: string;
  readonly prefixLength: number;
  /** Name of the node's network namespace, as ip-netns(8) has it. */
  readonly netns: string;
  /** The machine's end of the pair. */
  readonly hostLink: string;
  /** The address of the node's end. */
  readonly address: string;
  /** What is behind it. */
  readonly podCidr: string;
}

/** The node's end of the pair, in its namespace. */
export const NODE_LINK_NAME = "eth0";

interface Doors {
  readonly run: RunCommand;
  readonly files: Files;
}

/** Makes the node's namespace and the link to it, and routes the node's pods over it. Idempotent. */
export async function setUpNodeLink(link: NodeLink, { run, files }: Doors): Promise<void> {
  const { bridge, netns, hostLink, prefixLength } = link;
  const ip = (...args: string[]) => mustRun(run, ["ip", ...args]);
  const isThere = (name: string) => files.exists(`/proc/sys/net/ipv4/conf/${name}`);
  if (!(await isThere(bridge))) await ip("link", "add", "name", bridge, "type", "bridge");
  await ip("address", "replace", `${link.bridgeAddress}/${prefixLength}`, "dev", bridge);
  await ip("link", "set", bridge, "up");
  // Node ports at 127.0.0.1: a translated packet of the loopback network may go to another node.
  await files.appendFile(`/proc/sys/net/ipv4/conf/${bridge}/route_localnet`, "1");
  if (!(await files.exists(`/run/netns/${netns}`))) await ip("netns", "add", netns);
  if (!(await isThere(hostLink))) {
    await ip("link", "add", hostLink, "type", "veth", "peer", "name", NODE_LINK_NAME, "netns", netns);
  }
  await ip("link", "set", hostLink, "master", bridge, "up");
  const inside = (...args: string[]) => ip("-n", netns, ...args);
  await inside("link", "set", "lo", "up");
  await inside("address", "replace", `${link.address}/${prefixLength}`, "dev", NODE_LINK_NAME);
  await inside("link", "set", NODE_LINK_NAME, "up");
  // Other nodes' pods, the API and the world: the machine knows the way.
  await inside("route", "replace", "default", "via", link.bridgeAddress);
  await ip("route", "replace", link.podCidr, "via", link.address, "dev", bridge);
}

/** Takes the namespace and the link away; what is gone already is no failure. */
export async function removeNodeLink({ netns, hostLink }: Pick<NodeLink, "netns" | "hostLink">, run: RunCommand) {
  await run(["ip", "link", "delete", hostLink]);
  await run(["ip", "netns", "delete", netns]);
}
