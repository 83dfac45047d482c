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
  const isMounted = async (path: string): Promise<boolean> => {
    const table = await files.readText("/proc/self/mountinfo");
    // Fields are separated by spaces; the fifth is the mount point, with spaces in it written as \040.
    return table.split("\n").some((line) => line.split(" ")[4]?.replaceAll("\\040", " ") === path);
  };
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
