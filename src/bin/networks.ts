/** The networks of a cluster with one node on this machine. */
export const NETWORKS = {
  podCidr: "10.244.0.0/16",
  nodePodCidr: "10.244.0.0/24",
  /** First address of the node's pod network: the pods' bridge, and the node as pods know it. */
  gateway: "10.244.0.1",
  nodePrefixLength: 24,
  serviceCidr: "10.96.0.0/16",
  /** The Service `kubernetes`. */
  apiAddress: "10.96.0.1",
  dnsAddress: "10.96.0.10",
  dnsDomain: "cluster.local",
} as const;

export function nodeNameOf(cluster: string): string {
  return `${cluster}-1`;
}

/** The nft table of a cluster. */
export function tableName(cluster: string): string {
  return `knarr-${cluster}`;
}
