import { sleep } from "#base/clock.ts";
import { FileError, type Files } from "#sys/files.ts";
import { unmountBelow } from "#sys/mounts.ts";
import { findProcesses, processGone, signalProcess } from "#sys/process.ts";
import type { Containerd, ContainerdDoors } from "./containerd.ts";

const GONE_WITHIN_MS = 5_000;
const CGROUP_ROOT = "/sys/fs/cgroup";
/** Where libcni keeps the results of its plugins. */
const CNI_RESULTS = "/var/lib/cni/results";
const CGROUP_ATTEMPTS_MAX = 20;
const UNMOUNT_ATTEMPTS_MAX = 5;

/**
 * Takes away everything one node's containerd made on the machine: containers, mounts, network namespaces, the bridge,
 * cgroups, files. Works also when containerd has died or was killed half-way; idempotent.
 */
export async function purgeContainerd(containerd: Containerd, doors: ContainerdDoors): Promise<void> {
  const { layout, options } = containerd;
  const { files, run } = doors;
  await containerd.stop();
  const namespaces = await podNamespaces(options.directory, files);
  await killContainers(layout.socket, layout.cgroup, files);
  for (const path of namespaces) await removeNamespace(path, doors);
  await unmountBelow(options.directory, doors);
  const inNamespace = options.netnsPath === undefined ? [] : ["nsenter", `--net=${options.netnsPath}`];
  // The pods' ends went with their namespaces; the bridge is all that is left of the network.
  await run([...inNamespace, "ip", "link", "delete", layout.bridge]);
  await removeCniResults(layout.network, files);
  await removeCgroups(layout.cgroup, doors);
  await files.remove(options.directory);
}

/** Ends the shims of this containerd and all that runs in the node's cgroups. */
async function killContainers(socket: string, cgroup: string, files: Files): Promise<void> {
  const pids = findProcesses(
    (argv) => argv[argv.indexOf("-address") + 1] === socket && /containerd-shim/.test(argv[0] ?? ""),
  );
  for (const directory of await cgroupDirectories(cgroup, files)) {
    const inside = await files.readText(`${directory}/cgroup.procs`).catch(() => "");
    pids.push(...inside.split("\n").flatMap((line) => (line === "" ? [] : [Number(line)])));
  }
  for (const pid of pids) signalProcess(pid, "SIGKILL");
  await Promise.all(pids.map((pid) => processGone(pid, GONE_WITHIN_MS)));
}

/** The files that hold the pods' network namespaces, as the sandboxes' bundles name them. */
async function podNamespaces(directory: string, files: Files): Promise<string[]> {
  const bundles = `${directory}/state/io.containerd.runtime.v2.task/k8s.io`;
  const paths = new Set<string>();
  for (const { name } of await files.readDirectory(bundles).catch(() => [])) {
    const text = await files.readText(`${bundles}/${name}/config.json`).catch(() => "{}");
    const spec = JSON.parse(text) as { linux?: { namespaces?: { type: string; path?: string }[] } };
    for (const { type, path } of spec.linux?.namespaces ?? []) {
      if (type === "network" && path?.includes("/netns/cni-")) paths.add(path);
    }
  }
  return [...paths];
}

/**
 * Again while something is mounted there: mounts can lie on one another. One that lies below a mount of the whole directory
 * cannot be reached: the first `ip netns add` of a machine makes such a mount, and hides the pods that were there before.
 * Its file stays until the machine starts anew.
 */
async function removeNamespace(path: string, { files, run, clock, log }: ContainerdDoors): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { stderr } = await run(["umount", "-l", path]);
    try {
      return await files.remove(path);
    } catch (error) {
      if (!(error instanceof FileError) || error.code !== "EBUSY") throw error;
      if (attempt === UNMOUNT_ATTEMPTS_MAX)
        return log.warn("a network namespace stays", { path, umount: stderr.trim() });
    }
    await sleep(clock, 50);
  }
}

async function removeCniResults(network: string, files: Files): Promise<void> {
  for (const { name } of await files.readDirectory(CNI_RESULTS).catch(() => [])) {
    if (name.startsWith(`${network}-`) && /^[0-9a-f]{64}-/.test(name.slice(network.length + 1))) {
      await files.remove(`${CNI_RESULTS}/${name}`);
    }
  }
}

/** A cgroup may be busy for a moment after its last process ended. */
async function removeCgroups(cgroup: string, { files, run, clock, log }: ContainerdDoors): Promise<void> {
  for (let attempt = 0; attempt < CGROUP_ATTEMPTS_MAX; attempt++) {
    const directories = await cgroupDirectories(cgroup, files);
    if (directories.length === 0) return;
    await run(["rmdir", ...directories]);
    if (attempt > 0) await sleep(clock, 50);
  }
  log.warn("some cgroups are busy and stay", { cgroup });
}

/** A cgroup and all below it, deepest first, in every hierarchy (one each in version 1, a single one in version 2). */
async function cgroupDirectories(cgroup: string, files: Files): Promise<string[]> {
  const hierarchies = await files.readDirectory(CGROUP_ROOT);
  const roots = [
    CGROUP_ROOT,
    ...hierarchies.flatMap(({ name, kind }) => (kind === "directory" ? [`${CGROUP_ROOT}/${name}`] : [])),
  ];
  const found: string[] = [];
  const visit = async (directory: string): Promise<void> => {
    const entries = await files.readDirectory(directory).catch(() => undefined);
    if (entries === undefined) return;
    for (const { name, kind } of entries) if (kind === "directory") await visit(`${directory}/${name}`);
    found.push(directory);
  };
  for (const root of roots) await visit(`${root}${cgroup}`);
  return found;
}
