import type { UdpPeer } from "#sys/udp.ts";

/** The resolvers a `resolv.conf` names, in order; those only reachable through a link-local zone are left out. */
export function nameserversOf(text: string): readonly UdpPeer[] {
  return text
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([keyword, address]) => keyword === "nameserver" && address !== undefined && !address.includes("%"))
    .map(([, address = ""]) => ({ address, port: 53 }));
}
