import type { ClusterPaths } from "#cli/paths.ts";
import type { Files } from "#sys/files.ts";
import { keptNetworks } from "./networks.ts";
import { nodePlace, type NodePlace } from "./node_place.ts";

/** How many nodes a cluster has, on this machine and without one, and how soon one of them is given up. */
export interface NodeChoice {
  /** Nodes with containers on this machine. */
  readonly count: number;
  /** Nodes without a machine. */
  readonly simulated: number;
  /** How pods on those live: absolute path of a stage file or a directory of them. */
  readonly stages?: string | undefined;
  /** Whether a lost node's pods are replaced within seconds, not Kubernetes' five minutes and a half. */
  readonly fastFailover: boolean;
}

const DEFAULT: NodeChoice = { count: 1, simulated: 0, fastFailover: false };

/** The nodes a cluster was last started with; undefined before its first start. */
async function keptNodes(files: Files, paths: ClusterPaths): Promise<NodeChoice | undefined> {
  const file = fileOf(paths);
  if (!(await files.exists(file))) return undefined;
  // Clusters that are older than simulated nodes say nothing of them.
  return { ...DEFAULT, ...(JSON.parse(await files.readText(file)) as Partial<NodeChoice>) };
}

/** What is asked for, else what there was. A cluster may grow; nodes are not taken away, as pods run on them. */
export async function chooseNodes(files: Files, paths: ClusterPaths, asked: Partial<NodeChoice>): Promise<NodeChoice> {
  const kept = await keptNodes(files, paths);
  const stages = asked.stages ?? kept?.stages;
  return {
    count: Math.max(kept?.count ?? 0, asked.count ?? kept?.count ?? DEFAULT.count),
    simulated: Math.max(kept?.simulated ?? 0, asked.simulated ?? 0),
    ...(stages !== undefined && { stages }),
    fastFailover: asked.fastFailover ?? kept?.fastFailover ?? DEFAULT.fastFailover,
  };
}

/** Has the choice found by the cluster's next start, and by whoever looks for its nodes. */
export async function keepNodes(files: Files, paths: ClusterPaths, choice: NodeChoice): Promise<void> {
  const text = `${JSON.stringify(choice)}\n`;
  const file = fileOf(paths);
  const isKept = (await files.exists(file)) && (await files.readText(file)) === text;
  if (!isKept) await files.writeFile(file, text);
}

/** Every node of the cluster on this machine, the first first. */
export async function nodePlaces(files: Files, paths: ClusterPaths): Promise<NodePlace[]> {
  const [networks, kept] = await Promise.all([keptNetworks(files, paths), keptNodes(files, paths)]);
  const { count } = kept ?? DEFAULT;
  return Array.from({ length: count }, (_, index) => nodePlace(paths, networks, index + 1));
}

function fileOf(paths: ClusterPaths): string {
  return `${paths.data}/nodes.json`;
}
