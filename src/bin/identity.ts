import { CommandFailure } from "#cli/failure.ts";
import type { ClusterPaths } from "#cli/paths.ts";
import { DirectoryLockedError, lockDirectory, type DirectoryLock } from "#sys/directory_lock.ts";
import type { Files } from "#sys/files.ts";

/** Where running clusters hold their names; gone after a reboot, as the names are then free. */
const NAMES = "/run/knarr";

/** The directory that a cluster of this name holds while it runs. */
export function nameDirectory(cluster: string): string {
  return `${NAMES}/${cluster}`;
}

/**
 * Takes the cluster's name on this machine: bridge, packet filter table and cgroups are called by it, so two clusters of
 * one name would take each other's apart, wherever their data lie.
 *
 * @throws {CommandFailure} If another cluster runs under the name, or the data directory belongs to one of another name.
 */
export async function takeName(files: Files, paths: ClusterPaths): Promise<DirectoryLock> {
  const nameFile = `${paths.data}/name`;
  const known = (await files.exists(nameFile)) ? (await files.readText(nameFile)).trim() : paths.name;
  if (known !== paths.name) {
    throw new CommandFailure(
      `${paths.data} holds the data of cluster "${known}", not of "${paths.name}"`,
      `Give --name ${known}, or another --data-dir.`,
    );
  }
  await files.mkdir(nameDirectory(paths.name), { mode: 0o700 });
  try {
    const lock = lockDirectory(nameDirectory(paths.name));
    await files.writeFile(nameFile, `${paths.name}\n`);
    return lock;
  } catch (error) {
    if (!(error instanceof DirectoryLockedError)) throw error;
    throw new CommandFailure(
      `a cluster called "${paths.name}" runs on this machine with other data`,
      "Stop it, or start this one under another --name.",
    );
  }
}
