import type { Cli } from "../cli.ts";
import { type ClusterOptions, pathsOf } from "../cluster_state.ts";
import { CommandFailure } from "../failure.ts";

/** `knarr kubeconfig`: the administrator's kubeconfig on stdout. */
export async function kubeconfig(cli: Cli, options: ClusterOptions): Promise<void> {
  const paths = pathsOf(cli, options);
  if (!(await cli.files.exists(paths.kubeconfig))) {
    throw new CommandFailure(`cluster "${paths.name}" has no kubeconfig yet`, "Start it: ./knarr up");
  }
  cli.terminal.out(await cli.files.readText(paths.kubeconfig));
}
