import { realClock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Machine, NodeImage } from "#cli/cli.ts";
import type { ClusterPaths } from "#cli/paths.ts";
import { Containerd } from "#node/containerd.ts";
import { purgeContainerd } from "#node/containerd_purge.ts";
import { unshareNamespaces } from "#node/netns_directory.ts";
import { CriRuntime } from "#node/cri_runtime.ts";
import { nodeFiles } from "#sys/files.ts";
import { unmountBelow } from "#sys/mounts.ts";
import { deleteNftTable } from "#sys/nft.ts";
import { runCommand } from "#sys/process.ts";
import { systemRandom } from "#sys/random.ts";
import { removeNodeLink } from "#proxy/node_link.ts";
import { reviveAgent, stopAgent } from "./agents.ts";
import { nameDirectory } from "./identity.ts";
import { nodePlaces } from "./kept_nodes.ts";
import { keptNetworks, tableName } from "./networks.ts";
import { nodeLink, wireName } from "./node_place.ts";

/** The containerds of a cluster's nodes on this machine, the first node's first. */
async function containerdsOf(paths: ClusterPaths, log: Log): Promise<Containerd[]> {
  const doors = { run: runCommand, files: nodeFiles, clock: realClock, log };
  return (await nodePlaces(nodeFiles, paths)).map(({ containerd }) => new Containerd(containerd, doors));
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
  const withRuntime = async <T>(containerd: Containerd, use: (runtime: CriRuntime) => Promise<T>): Promise<T> => {
    const runtime = runtimeOf(containerd, log);
    try {
      return await use(runtime);
    } finally {
      runtime.close();
    }
  };
  const onEach = async <T>(paths: ClusterPaths, use: (runtime: CriRuntime) => Promise<T>): Promise<T[]> =>
    Promise.all((await containerdsOf(paths, log)).map((containerd) => withRuntime(containerd, use)));
  return {
    async reviveAgents(paths, program) {
      const revived: string[] = [];
      for (const place of (await nodePlaces(nodeFiles, paths)).slice(1)) {
        if (await reviveAgent({ paths, place, program })) revived.push(place.nodeName);
      }
      return revived;
    },
    async stopAgents(paths) {
      const [, ...further] = await nodePlaces(nodeFiles, paths);
      await Promise.all(further.map(stopAgent));
    },
    async stopContainers(paths) {
      for (const containerd of await containerdsOf(paths, log)) {
        if ((await containerd.pid()) === undefined) continue;
        await withRuntime(containerd, async (runtime) => {
          const sandboxes = await runtime.listSandboxes();
          await Promise.all(sandboxes.map((sandbox) => runtime.stopSandbox(sandbox.id)));
        });
        await containerd.stop();
      }
    },
    async purge(paths) {
      // Without root a cluster has simulated nodes at most, and nothing outside its files.
      if (process.getuid?.() !== 0) return nodeFiles.remove(paths.data);
      const doors = { run: runCommand, files: nodeFiles, clock: realClock, log };
      const [networks, places] = await Promise.all([keptNetworks(nodeFiles, paths), nodePlaces(nodeFiles, paths)]);
      for (const containerd of await containerdsOf(paths, log)) await purgeContainerd(containerd, doors);
      for (const place of places.slice(1)) await removeNodeLink(nodeLink(paths, networks, place), runCommand);
      await unshareNamespaces(doors);
      await runCommand(["ip", "link", "delete", wireName(paths)]);
      await deleteNftTable(runCommand, tableName(paths.name));
      // Volumes in memory are mounts; a directory with a mount in it cannot be removed.
      await unmountBelow(paths.data, doors);
      await nodeFiles.remove(paths.data);
      await nodeFiles.remove(nameDirectory(paths.name));
    },
    async importImages(paths, archive) {
      const brought = await onEach(paths, (runtime) => runtime.importImage(archive));
      return brought[0] ?? [];
    },
    async listImages(paths) {
      const images = (await onEach(paths, (runtime) => runtime.listImages())).flat().flatMap(byReference);
      return [...new Map(images.map((image) => [`${image.reference} ${image.id}`, image])).values()];
    },
  };
}

function byReference(image: { id: string; tags: readonly string[]; sizeBytes: number }): NodeImage[] {
  return image.tags.map((reference) => ({ reference, id: image.id, sizeBytes: image.sizeBytes }));
}
