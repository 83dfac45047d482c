import type { ContainerdDoors } from "./containerd.ts";

/** Where network namespaces are mounted, by containerd and by ip-netns(8). */
const DIRECTORY = "/run/netns";

type Doors = Pick<ContainerdDoors, "files" | "run">;

/**
 * Makes the directory a shared mount of itself, as `ip netns add` does when it is first used on a machine. Done by that,
 * with pods there, the mount would come to lie over theirs, which nobody could take down any more: their namespaces would
 * stay, and their files be busy. Nothing is done where there is such a mount, or it is too late for one.
 */
export async function shareNamespaces({ files, run }: Doors): Promise<void> {
  const mounted = await mountPoints(files);
  if (mounted.some((path) => path === DIRECTORY || path.startsWith(`${DIRECTORY}/`))) return;
  await files.mkdir(DIRECTORY);
  await run(["mount", "--bind", DIRECTORY, DIRECTORY]);
  await run(["mount", "--make-shared", DIRECTORY]);
}

/** Takes the mount down when no namespace is left, whoever's it was: whoever needs it makes it again. */
export async function unshareNamespaces({ files, run }: Doors): Promise<void> {
  if (!(await mountPoints(files)).includes(DIRECTORY)) return;
  // Not lazily: one that comes meanwhile keeps it.
  if ((await files.readDirectory(DIRECTORY)).length === 0) await run(["umount", DIRECTORY]);
}

async function mountPoints(files: Doors["files"]): Promise<string[]> {
  const table = await files.readText("/proc/self/mountinfo");
  return table.split("\n").map((line) => line.split(" ")[4] ?? "");
}
