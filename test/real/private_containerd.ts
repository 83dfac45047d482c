import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { realClock } from "#base/clock.ts";
import { silentLog } from "#base/log.ts";
import { Containerd } from "#node/containerd.ts";
import { purgeContainerd } from "#node/containerd_purge.ts";
import { unshareNamespaces } from "#node/netns_directory.ts";
import { CriRuntime } from "#node/cri_runtime.ts";
import { nodeFiles } from "#sys/files.ts";
import { runCommand } from "#sys/process.ts";
import { systemRandom } from "#sys/random.ts";
import { TOOLBOX_IMAGE, toolboxArchive } from "./toolbox_image.ts";

/** Why real containers cannot be run here, or undefined when they can. */
export async function whyNoContainers(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "not root";
  const missing = await runCommand(["sh", "-c", "command -v containerd && command -v runc && command -v ctr"]);
  if (missing.exitCode !== 0) return "no containerd, runc or ctr";
  return (await toolboxArchive()) === undefined ? "no static busybox (Debian package busybox-static)" : undefined;
}

/** A containerd of its own with the toolbox image, and the runtime over it; `close` takes every trace away. */
export async function privateContainerd(name: string, podCidr: string) {
  const directory = await mkdtemp(join(tmpdir(), `knarr-${name}-`));
  const doors = { run: runCommand, files: nodeFiles, clock: realClock, log: silentLog };
  const options = { name, directory, podCidr };
  const containerd = new Containerd(options, doors);
  await containerd.start();
  const runtime = new CriRuntime({ ...doors, socket: containerd.layout.socket, directory, random: systemRandom });
  const archive = join(directory, "toolbox.tar");
  await writeFile(archive, (await toolboxArchive()) ?? new Uint8Array());
  await runtime.importImage(archive);
  return {
    containerd,
    runtime,
    directory,
    image: TOOLBOX_IMAGE,
    cgroupParent: containerd.layout.cgroup,
    readLog: (path: string) => readFile(path, "utf8").catch(() => ""),
    async close() {
      runtime.close();
      await purgeContainerd(containerd, doors);
      await unshareNamespaces(doors);
    },
  };
}
