import { mustRun, type RunCommand } from "./process.ts";
import type { Files } from "./files.ts";

/** The door to mounting. Paths are absolute and exist. */
export interface Mounts {
  /** Mounts memory at `path`, at most `sizeBytes` of it; does nothing when something is mounted there already. */
  mountMemory(path: string, options: { sizeBytes?: number; mode: number }): Promise<void>;
  /** Takes down what is mounted at `path`; nothing there is no failure. */
  unmount(path: string): Promise<void>;
}

/** The machine's own, by mount(8). Needs root. */
export function nodeMounts(run: RunCommand, files: Files): Mounts {
  const isMounted = async (path: string): Promise<boolean> => (await mountPoints(files)).includes(path);
  return {
    async mountMemory(path, { sizeBytes, mode }) {
      if (await isMounted(path)) return;
      const size = sizeBytes === undefined ? "" : `,size=${sizeBytes}`;
      await mustRun(run, ["mount", "-t", "tmpfs", "-o", `mode=${mode.toString(8)}${size}`, "tmpfs", path]);
    },
    async unmount(path) {
      // Again while something is there: mounts can lie on one another.
      while (await isMounted(path)) await mustRun(run, ["umount", path]);
    },
  };
}

/** Where something is mounted, in the order in which it was; a path that was mounted over stands there again. */
export async function mountPoints(files: Pick<Files, "readText">): Promise<string[]> {
  const table = await files.readText("/proc/self/mountinfo");
  return table.split("\n").flatMap((line) => {
    const path = line.split(" ")[4];
    return path === undefined ? [] : [unescaped(path)];
  });
}

/** mountinfo writes space, tab, newline and backslash as octal (proc_pid_mountinfo(5)). */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Takes down what is mounted below a directory, also while it is used. Latest first: it may lie over another mount. */
export async function unmountBelow(directory: string, doors: { readonly run: RunCommand; readonly files: Files }) {
  for (const path of (await mountPoints(doors.files)).toReversed()) {
    if (path.startsWith(`${directory}/`)) await doors.run(["umount", "-l", path]);
  }
}

/** Mounts that only remember: for a machine in memory. */
export class MemoryMounts implements Mounts {
  /** What is mounted where, as options of tmpfs. */
  readonly mounted = new Map<string, { sizeBytes?: number; mode: number }>();

  async mountMemory(path: string, options: { sizeBytes?: number; mode: number }): Promise<void> {
    this.mounted.set(path, options);
  }

  async unmount(path: string): Promise<void> {
    this.mounted.delete(path);
  }
}
