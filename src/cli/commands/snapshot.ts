import type { Cli } from "../cli.ts";
import { type ClusterOptions, liveState, pathsOf } from "../cluster_state.ts";
import { CommandFailure } from "../failure.ts";
import { styled } from "../terminal.ts";

/** `knarr snapshot save FILE`: all that the cluster has stored, as it stands at one moment. */
export async function snapshotSave(cli: Cli, file: string, options: ClusterOptions): Promise<void> {
  const paths = pathsOf(cli, options);
  if (!(await cli.files.exists(paths.store)))
    throw new CommandFailure(`there is no cluster "${paths.name}"`, `Nothing is stored in ${paths.data}.`);
  if (await cli.files.exists(file))
    throw new CommandFailure(`${file} is there already`, "Give a new name: a snapshot is never written over.");
  const { revision, objects } = await attempt("cannot save a snapshot", () => cli.snapshots.save(paths, file));
  const { terminal } = cli;
  terminal.out(`${styled(terminal, "green", "✓")} ${objects} objects at revision ${revision} saved to ${file}\n`);
}

/** `knarr snapshot restore FILE`: goes back to a snapshot; watchers are told, as revisions go on above all before. */
export async function snapshotRestore(cli: Cli, file: string, options: ClusterOptions): Promise<void> {
  const paths = pathsOf(cli, options);
  const name = paths.name === "knarr" ? "" : ` --name ${paths.name}`;
  if ((await liveState(cli, paths)) !== undefined)
    throw new CommandFailure(`cluster "${paths.name}" is running`, `Stop it first: ./knarr down${name}`);
  if (!(await cli.files.exists(file)))
    throw new CommandFailure(`there is no file ${file}`, "Save one: ./knarr snapshot save FILE");
  const restored = await attempt("cannot restore the snapshot", () => cli.snapshots.restore(paths, file));
  const { terminal } = cli;
  const what = `${restored.objects} objects restored; the cluster goes on at revision ${restored.revision}`;
  terminal.out(`${styled(terminal, "green", "✓")} ${what}\nStart it: ./knarr up${name}\n`);
}

async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(`${what}: ${why}`, "Nothing was changed.");
  }
}
