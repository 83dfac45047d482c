import type { ClusterPaths } from "#cli/paths.ts";
import type { Files } from "#sys/files.ts";
import { keptNetworks } from "./networks.ts";
import { nodePlace, type NodePlace } from "./node_place.ts";

/** How many nodes a cluster has on this machine, and how soon one of them is given up. */
export interface NodeChoice {
  readonly count: number;
  /** Whether a lost node's pods are replaced within seconds, not Kubernetes' five minutes and a half. */
  readonly fastFailover: boolean;
}

const DEFAULT: NodeChoice = { count: 1, fastFailover: false };

/** The nodes a cluster was last started with; undefined before its first start. */
async function keptNodes(files: Files, paths: ClusterPaths): Promise<NodeChoice | undefined> {
  const file = fileOf(paths);
  return (await files.exists(file)) ? (JSON.parse(await files.readText(file)) as NodeChoice) : undefined;
}

/** What is asked for, else what there was. A cluster may grow; nodes are not taken away, as pods run on them. */
export async function chooseNodes(files: Files, paths: ClusterPaths, asked: Partial<NodeChoice>): Promise<NodeChoice> {
  const kept = await keptNodes(files, paths);
  const count = Math.max(kept?.count ?? 0, asked.count ?? kept?.count ?? DEFAULT.count);
  return { count, fastFailover: asked.fastFailover ?? kept?.fastFailover ?? DEFAULT.fastFailover };
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
