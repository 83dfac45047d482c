import { mountPoints } from "#sys/mounts.ts";
import type { ContainerdDoors } from "./containerd.ts";

/** Where network namespaces are mounted, by containerd and by ip-netns(8). */
const DIRECTORY = "/run/netns";

type Doors = Pick<ContainerdDoors, "files" | "run">;

/**
 * Has `ip netns add` lay its shared mount over the directory, as it does when it is first used on a machine, before there
 * are pods. Later the mount would come to lie over theirs, which nobody could take down any more: their namespaces would
 * stay, and their files be busy. Nothing is done where there is such a mount, or it is too late for one.
 *
 * The mount is left to ip-netns(8), which holds a lock meanwhile: further nodes have their namespaces made at the same time.
 *
 * @param name Of a namespace that is made and deleted for it.
 */
export async function shareNamespaces(name: string, { files, run }: Doors): Promise<void> {
  const mounted = await mountPoints(files);
  if (mounted.some((path) => path === DIRECTORY || path.startsWith(`${DIRECTORY}/`))) return;
  await run(["ip", "netns", "add", name]);
  await run(["ip", "netns", "delete", name]);
}

/** Takes the mount down when no namespace is left, whoever's it was: whoever needs it makes it again. */
export async function unshareNamespaces({ files, run }: Doors): Promise<void> {
  if (!(await mountPoints(files)).includes(DIRECTORY)) return;
  // Not lazily: a namespace that comes meanwhile keeps it.
  if ((await files.readDirectory(DIRECTORY)).length === 0) await run(["umount", DIRECTORY]);
}
