import type { PodSecurityContext } from "#api/core/security.ts";
import type { Files } from "#sys/files.ts";

/** What a group may do with files and directories that are given to it (kubelet's volume.SetVolumeOwnership). */
const FILE_BITS = 0o660;
const DIRECTORY_BITS = 0o2770;

/**
 * Gives a volume, with all that is in it, to the pod's `fsGroup`, and what is made in it later as well. With
 * `OnRootMismatch` only if the volume itself is not the group's yet. Links are left alone: they may lead out of it.
 */
export async function giveToGroup(
  files: Files,
  volume: string,
  context: PodSecurityContext | undefined,
): Promise<void> {
  const { fsGroup: group, fsGroupChangePolicy } = context ?? {};
  if (group === undefined) return;
  const { gid, mode } = await files.stat(volume);
  const isGiven = gid === group && (mode & DIRECTORY_BITS) === DIRECTORY_BITS;
  if (isGiven && fsGroupChangePolicy === "OnRootMismatch") return;
  await give(files, volume, group);
}

/** The directory itself last: as long as it is not the group's, the work is not done. */
async function give(files: Files, directory: string, group: number): Promise<void> {
  for (const { name, kind } of await files.readDirectory(directory)) {
    const path = `${directory}/${name}`;
    if (kind === "directory") await give(files, path, group);
    else if (kind === "file") await change(files, path, group, FILE_BITS);
  }
  await change(files, directory, group, DIRECTORY_BITS);
}

async function change(files: Files, path: string, group: number, bits: number): Promise<void> {
  const { uid, gid, mode } = await files.stat(path);
  // The owner first: changing it takes the bits of special meaning away.
  if (gid !== group) await files.chown(path, uid, group);
  if (gid !== group || (mode & bits) !== bits) await files.chmod(path, mode | bits);
}
