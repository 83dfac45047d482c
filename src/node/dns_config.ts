import type { Pod } from "#api/core/pod.ts";
import type { DnsConfig } from "./runtime_config.ts";

export interface DnsPlace {
  /** The cluster's name server, for example 10.96.0.10; absent when the cluster has none. */
  readonly clusterDns: string | undefined;
  /** For example `cluster.local`. */
  readonly clusterDomain: string;
  /** What the machine itself uses. */
  readonly host: DnsConfig;
}

/** Bounds of resolv.conf that Kubernetes keeps (pkg/apis/core/validation). */
const SERVERS_MAX = 3;
const SEARCHES_MAX = 32;

/** How a pod's containers resolve names: its policy, then what its own `dnsConfig` adds. */
export function podDns(pod: Pod, place: DnsPlace): DnsConfig {
  const base = policyDns(pod, place);
  const { nameservers = [], searches = [], options = [] } = pod.spec.dnsConfig ?? {};
  const named = new Map(base.options.map((option) => [option.split(":")[0] ?? "", option]));
  for (const { name = "", value } of options) named.set(name, value ? `${name}:${value}` : name);
  return {
    servers: [...new Set([...base.servers, ...nameservers])].slice(0, SERVERS_MAX),
    searches: [...new Set([...base.searches, ...searches])].slice(0, SEARCHES_MAX),
    options: [...named.values()],
  };
}

function policyDns(pod: Pod, { clusterDns, clusterDomain, host }: DnsPlace): DnsConfig {
  const { dnsPolicy, hostNetwork } = pod.spec;
  if (dnsPolicy === "None") return { servers: [], searches: [], options: [] };
  const cluster = dnsPolicy === "ClusterFirstWithHostNet" || (dnsPolicy === "ClusterFirst" && !hostNetwork);
  if (!cluster || clusterDns === undefined) return host;
  const domains = [`${pod.metadata.namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
  return { servers: [clusterDns], searches: [...domains, ...host.searches], options: ["ndots:5"] };
}

/** Reads resolv.conf(5). */
export function parseResolvConf(text: string): DnsConfig {
  const servers: string[] = [];
  let searches: string[] = [];
  let options: string[] = [];
  for (const line of text.split("\n")) {
    const [keyword, ...values] = line
      .replace(/[#;].*$/, "")
      .trim()
      .split(/\s+/);
    if (keyword === "nameserver" && values[0]) servers.push(values[0]);
    // The last of several lines counts (resolv.conf(5)).
    if (keyword === "search") searches = values.map((domain) => (domain === "." ? "." : domain.replace(/\.$/, "")));
    if (keyword === "options") options = [...options, ...values];
  }
  return { servers, searches, options };
}
