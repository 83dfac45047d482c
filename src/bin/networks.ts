import type { ClusterPaths } from "#cli/paths.ts";
import { CommandFailure } from "#cli/failure.ts";
import type { Files } from "#sys/files.ts";
import { mustRun, type RunCommand } from "#sys/process.ts";

/** The networks of one cluster, and the addresses in them that mean something. */
export interface Networks {
  readonly podCidr: string;
  /** The part of `podCidr` that this machine's node hands out. */
  readonly nodePodCidr: string;
  readonly nodePrefixLength: number;
  /** First address of the node's pod network: the pods' bridge, and the node as pods know it. */
  readonly gateway: string;
  readonly serviceCidr: string;
  /** The Service `kubernetes`. */
  readonly apiAddress: string;
  readonly dnsAddress: string;
  readonly dnsDomain: string;
}

/** The two networks a person may choose; each is a /16. */
export interface NetworkChoice {
  readonly podCidr: string;
  readonly serviceCidr: string;
}

const DEFAULT: NetworkChoice = { podCidr: "10.244.0.0/16", serviceCidr: "10.96.0.0/16" };
/** How many clusters on one machine find networks of their own. */
const CLUSTERS_MAX = 64;
const NETWORK = /^((?:25[0-5]|2[0-4]\d|1?\d?\d)\.(?:25[0-5]|2[0-4]\d|1?\d?\d))\.0\.0\/16$/;

/**
 * The networks a choice stands for.
 *
 * @throws {CommandFailure} If one of them is not a /16 network.
 */
export function networksOf({ podCidr, serviceCidr }: NetworkChoice): Networks {
  const pods = prefixOf(podCidr);
  const services = prefixOf(serviceCidr);
  return {
    podCidr,
    nodePodCidr: `${pods}.0.0/24`,
    nodePrefixLength: 24,
    gateway: `${pods}.0.1`,
    serviceCidr,
    apiAddress: `${services}.0.1`,
    dnsAddress: `${services}.0.10`,
    dnsDomain: "cluster.local",
  };
}

function prefixOf(cidr: string): string {
  const prefix = NETWORK.exec(cidr)?.[1];
  if (prefix === undefined) {
    throw new CommandFailure(`"${cidr}" is not a network a cluster can have`, "Give a /16, for example 10.244.0.0/16.");
  }
  return prefix;
}

export const DEFAULT_NETWORKS: Networks = networksOf(DEFAULT);

/** One line of the machine's routes, as `ip -json route` prints it. */
interface Route {
  readonly dst: string;
  readonly dev: string;
}

/**
 * The first pair of networks to which nothing on the machine is routed but our own bridge: the usual ones, or, beside
 * other clusters, the next.
 *
 * @returns Undefined when all are taken.
 */
export function freeChoice(routes: readonly Route[], bridge: string): NetworkChoice | undefined {
  const taken = routes
    .filter((route) => route.dev !== bridge)
    .map((route) => route.dst.split(".").slice(0, 2).join("."));
  for (let n = 0; n < CLUSTERS_MAX; n++) {
    const choice = { podCidr: `10.${244 - n}.0.0/16`, serviceCidr: `10.${96 + n}.0.0/16` };
    if (!taken.includes(prefixOf(choice.podCidr)) && !taken.includes(prefixOf(choice.serviceCidr))) return choice;
  }
  return undefined;
}

/** What was chosen for a cluster at its first start; the default before it. */
export async function keptChoice(files: Files, paths: ClusterPaths): Promise<NetworkChoice> {
  const file = fileOf(paths);
  return (await files.exists(file)) ? (JSON.parse(await files.readText(file)) as NetworkChoice) : DEFAULT;
}

/** Settles for a cluster that has not been started yet what its networks will be. */
export async function keepChoice(files: Files, paths: ClusterPaths, choice: NetworkChoice): Promise<void> {
  await files.writeFile(fileOf(paths), `${JSON.stringify(choice)}\n`);
}

/** The networks a cluster was given at its first start; the default ones before it. */
export async function keptNetworks(files: Files, paths: ClusterPaths): Promise<Networks> {
  return networksOf(await keptChoice(files, paths));
}

/**
 * The cluster's networks: those it has, else those asked for, else the first that are free. They never change later,
 * since pods and Services hold addresses of them.
 */
export async function settleNetworks(
  doors: { readonly files: Files; readonly run: RunCommand },
  paths: ClusterPaths,
  bridge: string,
  asked: Partial<NetworkChoice>,
): Promise<Networks> {
  const file = fileOf(paths);
  if (await doors.files.exists(file)) return keptNetworks(doors.files, paths);
  const routes = JSON.parse(await mustRun(doors.run, ["ip", "-4", "-json", "route"])) as Route[];
  const free = freeChoice(routes, bridge) ?? DEFAULT;
  const choice = { podCidr: asked.podCidr ?? free.podCidr, serviceCidr: asked.serviceCidr ?? free.serviceCidr };
  const networks = networksOf(choice);
  await keepChoice(doors.files, paths, choice);
  return networks;
}

function fileOf(paths: ClusterPaths): string {
  return `${paths.data}/networks.json`;
}

/** @param number From 1 up. */
export function nodeNameOf(cluster: string, number = 1): string {
  return `${cluster}-${number}`;
}

/** The nft table of a cluster. */
export function tableName(cluster: string): string {
  return `knarr-${cluster}`;
}
