import { realClock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Machine, NodeImage } from "#cli/cli.ts";
import type { ClusterPaths } from "#cli/paths.ts";
import { Containerd } from "#node/containerd.ts";
import { purgeContainerd } from "#node/containerd_purge.ts";
import { CriRuntime } from "#node/cri_runtime.ts";
import { nodeFiles } from "#sys/files.ts";
import { deleteNftTable } from "#sys/nft.ts";
import { runCommand } from "#sys/process.ts";
import { systemRandom } from "#sys/random.ts";
import { nameDirectory } from "./identity.ts";
import { keptNetworks, tableName } from "./networks.ts";

/** The node's containerd of a cluster on this machine. */
export async function containerdOf(paths: ClusterPaths, log: Log): Promise<Containerd> {
  const { nodePodCidr } = await keptNetworks(nodeFiles, paths);
  const options = { name: paths.name, directory: paths.node, podCidr: nodePodCidr };
  return new Containerd(options, { run: runCommand, files: nodeFiles, clock: realClock, log });
}

/** The runtime over a containerd that runs. */
export function runtimeOf(containerd: Containerd, log: Log): CriRuntime {
  return new CriRuntime({
    socket: containerd.layout.socket,
    directory: `${containerd.options.directory}/exec`,
    run: runCommand,
    files: nodeFiles,
    clock: realClock,
    random: systemRandom,
    log,
  });
}

/** The real thing behind the commands that work on a node's containers and images. */
export function realMachine(log: Log): Machine {
  const withRuntime = async <T>(paths: ClusterPaths, use: (runtime: CriRuntime) => Promise<T>): Promise<T> => {
    const runtime = runtimeOf(await containerdOf(paths, log), log);
    try {
      return await use(runtime);
    } finally {
      runtime.close();
    }
  };
  return {
    async stopContainers(paths) {
      const containerd = await containerdOf(paths, log);
      if ((await containerd.pid()) === undefined) return;
      await withRuntime(paths, async (runtime) => {
        const sandboxes = await runtime.listSandboxes();
        await Promise.all(sandboxes.map((sandbox) => runtime.stopSandbox(sandbox.id)));
      });
      await containerd.stop();
    },
    async purge(paths) {
      // Without root a cluster has simulated nodes at most, and nothing outside its files.
      if (process.getuid?.() !== 0) return nodeFiles.remove(paths.data);
      await purgeContainerd(await containerdOf(paths, log), {
        run: runCommand,
        files: nodeFiles,
        clock: realClock,
        log,
      });
      await deleteNftTable(runCommand, tableName(paths.name));
      await unmountBelow(paths.data);
      await nodeFiles.remove(paths.data);
      await nodeFiles.remove(nameDirectory(paths.name));
    },
    importImages: (paths, archive) => withRuntime(paths, (runtime) => runtime.importImage(archive)),
    listImages: (paths) => withRuntime(paths, async (runtime) => (await runtime.listImages()).flatMap(byReference)),
  };
}

function byReference(image: { id: string; tags: readonly string[]; sizeBytes: number }): NodeImage[] {
  return image.tags.map((reference) => ({ reference, id: image.id, sizeBytes: image.sizeBytes }));
}

/** Volumes in memory are mounts; a directory with a mount in it cannot be removed. */
async function unmountBelow(directory: string): Promise<void> {
  const mounts = (await nodeFiles.readText("/proc/self/mounts"))
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((path) => path.startsWith(`${directory}/`))
    // Inner mounts first.
    .toSorted((a, b) => b.length - a.length);
  for (const path of mounts) await runCommand(["umount", "-l", path]);
}
