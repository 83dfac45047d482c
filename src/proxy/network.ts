import type { Files } from "#sys/files.ts";
import { mustRun, type RunCommand } from "#sys/process.ts";

/** The pods' bridge of one node and what is routed to it. */
export interface PodNetwork {
  readonly bridge: string;
  /** The bridge's own address, first of the node's pod network, for example `10.244.0.1`. */
  readonly gateway: string;
  /** Length of the node's pod network, for example 24. */
  readonly prefixLength: number;
  readonly serviceCidr: string;
}

/**
 * Makes the pods' bridge before the first pod comes (the CNI plugin takes one that exists), and routes the
 * Services' network to it: an address that no rule knows dies there and never leaves the machine. Idempotent.
 */
export async function setUpPodNetwork(network: PodNetwork, doors: { run: RunCommand; files: Files }): Promise<void> {
  const { bridge, gateway, prefixLength, serviceCidr } = network;
  const ip = (...args: string[]) => mustRun(doors.run, ["ip", ...args]);
  // Not /sys/class/net: that shows the links of the namespace in which it was mounted, not of ours.
  if (!(await doors.files.exists(`/proc/sys/net/ipv4/conf/${bridge}`)))
    await ip("link", "add", "name", bridge, "type", "bridge");
  await ip("address", "replace", `${gateway}/${prefixLength}`, "dev", bridge);
  await ip("link", "set", bridge, "up");
  await ip("route", "replace", serviceCidr, "dev", bridge);
  await doors.files.appendFile("/proc/sys/net/ipv4/ip_forward", "1");
  // Node ports at 127.0.0.1: a translated packet of the loopback network may enter the bridge.
  await doors.files.appendFile(`/proc/sys/net/ipv4/conf/${bridge}/route_localnet`, "1");
}
