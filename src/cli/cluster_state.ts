import type { Cli } from "./cli.ts";
import { CommandFailure } from "./failure.ts";
import { type ClusterPaths, clusterPaths } from "./paths.ts";
import { type ClusterState, parseState } from "./state.ts";

/** The options every command about a cluster takes. */
export interface ClusterOptions {
  readonly name: string;
  readonly dataDir?: string | undefined;
}

export function pathsOf(cli: Cli, options: ClusterOptions): ClusterPaths {
  return clusterPaths(options.name, { dataDir: options.dataDir, isRoot: cli.isRoot, env: cli.env });
}

/** The state of the cluster's live process; undefined when none lives, whatever a stale file says. */
export async function liveState(cli: Cli, paths: ClusterPaths): Promise<ClusterState | undefined> {
  const state = await readState(cli, paths);
  if (state === undefined) return undefined;
  // A process id may have been given to somebody else since: ours names its data directory.
  const argv = cli.processes.arguments(state.pid);
  return argv?.includes(paths.data) ? state : undefined;
}

/** The state file as it stands, whether or not its process lives. */
export async function readState(cli: Cli, paths: ClusterPaths): Promise<ClusterState | undefined> {
  return (await cli.files.exists(paths.state)) ? parseState(await cli.files.readText(paths.state)) : undefined;
}

/** @throws {CommandFailure} If the cluster is not running. */
export async function requireRunning(cli: Cli, paths: ClusterPaths): Promise<ClusterState> {
  const state = await liveState(cli, paths);
  if (state === undefined)
    throw new CommandFailure(`cluster "${paths.name}" is not running`, `Start it: ${upCommand(paths.name)}`);
  return state;
}

/** The command a person types to start the cluster. */
function upCommand(name: string): string {
  return name === "knarr" ? "./knarr up" : `./knarr up --name ${name}`;
}
