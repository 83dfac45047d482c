import { CommandFailure } from "#cli/failure.ts";
import type { Snapshots } from "#cli/cli.ts";
import { readSnapshot, restoreSnapshot, saveSnapshot } from "#store/snapshot.ts";
import { nodeFiles } from "#sys/files.ts";
import { keptChoice, keepChoice } from "./networks.ts";

/** What Services and pods have addresses of: objects without it would name addresses that lead nowhere. */
const NETWORKS_NOTE = "networks";

/** Snapshots of the stores on this machine, with the networks that the objects in them have addresses of. */
export const snapshots: Snapshots = {
  async save(paths, file) {
    const choice = await keptChoice(nodeFiles, paths);
    const { revision, keys } = saveSnapshot(paths.store, file, { [NETWORKS_NOTE]: JSON.stringify(choice) });
    return { revision, objects: keys };
  },

  async restore(paths, file) {
    const { keys, notes } = readSnapshot(file);
    await nodeFiles.mkdir(paths.data, { mode: 0o711 });
    const theirs = notes[NETWORKS_NOTE];
    const hasStarted = await nodeFiles.exists(paths.store);
    const ours = JSON.stringify(await keptChoice(nodeFiles, paths));
    if (hasStarted && theirs !== undefined && theirs !== ours) {
      throw new CommandFailure(
        `the snapshot is of a cluster with other networks: ${theirs}, here ${ours}`,
        "Restore it into a new cluster: ./knarr snapshot restore FILE --name NEW",
      );
    }
    if (!hasStarted && theirs !== undefined) await keepChoice(nodeFiles, paths, JSON.parse(theirs));
    await nodeFiles.mkdir(paths.store, { mode: 0o700 });
    return { revision: restoreSnapshot(file, paths.store), objects: keys };
  },
};
