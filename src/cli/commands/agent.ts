import type { Cli } from "../cli.ts";
import { type ClusterOptions, pathsOf } from "../cluster_state.ts";

/** `knarr agent`: what `up --nodes` starts for each node after the first. */
export function agent(cli: Cli, options: ClusterOptions & { readonly node: number }): Promise<void> {
  return cli.serveAgent(pathsOf(cli, options), options.node);
}
