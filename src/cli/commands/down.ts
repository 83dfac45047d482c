import type { Cli } from "../cli.ts";
import { type ClusterOptions, liveState, pathsOf } from "../cluster_state.ts";
import { CommandFailure } from "../failure.ts";
import { Progress, styled } from "../terminal.ts";
import { removeFromUserConfig } from "../user_config.ts";

export interface DownOptions extends ClusterOptions {
  readonly purge?: boolean | undefined;
  readonly keepContainers?: boolean | undefined;
}

const STOP_TIMEOUT_MS = 20_000;

/** `knarr down`: stops the cluster; with `--purge` nothing of it is left on the machine. */
export async function down(cli: Cli, options: DownOptions): Promise<void> {
  const paths = pathsOf(cli, options);
  const { terminal } = cli;
  const state = await liveState(cli, paths);
  if (state === undefined && !(await cli.files.exists(paths.data))) {
    terminal.out(`There is no cluster "${paths.name}".\n`);
    return;
  }
  const progress = new Progress(terminal);
  if (state !== undefined) {
    progress.say("Stopping the cluster ...");
    cli.processes.signal(state.pid, "SIGTERM");
    if (!(await cli.processes.gone(state.pid, STOP_TIMEOUT_MS))) {
      // Whatever it was in the middle of is on disk or was never acknowledged.
      cli.processes.signal(state.pid, "SIGKILL");
      if (!(await cli.processes.gone(state.pid, STOP_TIMEOUT_MS))) {
        throw new CommandFailure(
          `process ${state.pid} does not end`,
          `Look at it: ps -o pid,stat,wchan -p ${state.pid}`,
        );
      }
    }
  }
  // Those of a cluster whose own process was killed are still there.
  await cli.machine.stopAgents(paths);
  if (options.purge) {
    progress.say("Removing containers, networks and files ...");
    await cli.machine.purge(paths);
    await removeFromUserConfig(cli, paths);
  } else if (!options.keepContainers) {
    progress.say("Stopping containers ...");
    await cli.machine.stopContainers(paths);
  }
  progress.done();
  const what = options.purge ? "removed" : options.keepContainers ? "stopped; its containers run on" : "stopped";
  terminal.out(`${styled(terminal, "green", "✓")} cluster "${paths.name}" ${what}\n`);
}
