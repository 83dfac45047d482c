import type { Cli } from "../cli.ts";
import { type ClusterOptions, pathsOf } from "../cluster_state.ts";
import { CommandFailure } from "../failure.ts";

/** `knarr logs [PART]`: what the cluster's process wrote; one part of it (`node`, `apiserver` …) when named. */
export async function logs(cli: Cli, part: string | undefined, options: ClusterOptions): Promise<void> {
  const paths = pathsOf(cli, options);
  if (!(await cli.files.exists(paths.log))) {
    throw new CommandFailure(`cluster "${paths.name}" has no log yet`, "Start it: ./knarr up");
  }
  const lines = (await cli.files.readText(paths.log)).split("\n");
  const wanted = part === undefined ? lines : lines.filter((line) => line.split(" ", 3)[2] === part);
  cli.terminal.out(wanted.join("\n").replace(/\n*$/, "\n"));
}
