import type { Pod } from "#api/core/pod.ts";

/** A pod's host name: what it asked for, else its own name cut to what a host name may be. */
export function podHostname(pod: Pod): string {
  const name = pod.spec.hostnameOverride ?? pod.spec.hostname ?? "";
  return name || pod.metadata.name.slice(0, 63).replace(/[-.]+$/, "");
}

/** `/etc/hosts` of a pod with an address of its own. */
export function hostsFile(pod: Pod, podIp: string, clusterDomain: string): string {
  const hostname = podHostname(pod);
  const { subdomain, hostAliases = [] } = pod.spec;
  const names = subdomain
    ? `${hostname}.${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}\t${hostname}`
    : hostname;
  const lines = [
    "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::0\tip6-localnet",
    "fe00::0\tip6-mcastprefix",
    "fe00::1\tip6-allnodes",
    "fe00::2\tip6-allrouters",
    `${podIp}\t${names}`,
  ];
  return `${lines.join("\n")}\n${aliasLines(hostAliases)}`;
}

/** `/etc/hosts` of a pod on its node's network: the node's, and the pod's aliases. */
export function hostNetworkHostsFile(pod: Pod, nodeHosts: string): string {
  const head = "# Kubernetes-managed hosts file (host network).\n";
  return `${head}${nodeHosts}${aliasLines(pod.spec.hostAliases ?? [])}`;
}

function aliasLines(
  aliases: readonly { readonly ip: string; readonly hostnames?: readonly string[] | undefined }[],
): string {
  if (aliases.length === 0) return "";
  const lines = aliases.map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join("\t")}`);
  return `\n# Entries added by HostAliases.\n${lines.join("\n")}\n`;
}
