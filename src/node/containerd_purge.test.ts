import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "#base/log.ts";
import { VirtualClock } from "#base/virtual_clock.ts";
import { FileError } from "#sys/files.ts";
import { memoryFiles } from "#sys/memory_files.ts";
import type { Containerd } from "./containerd.ts";
import { purgeContainerd } from "./containerd_purge.ts";

const NETNS = "/var/run/netns/cni-1";
const DIRECTORY = "/data/containerd";
const BUNDLE = `${DIRECTORY}/state/io.containerd.runtime.v2.task/k8s.io/sandbox`;

/** Purges what a containerd left with one pod, on whose network namespace so many mounts lie. */
async function purged(mounts: number) {
  const memory = memoryFiles();
  const namespaces = [{ type: "network", path: NETNS }];
  for (const directory of [BUNDLE, "/var/run/netns", "/sys/fs/cgroup", "/proc/self"]) await memory.mkdir(directory);
  await memory.writeFile(`${BUNDLE}/config.json`, JSON.stringify({ linux: { namespaces } }));
  await memory.writeFile(NETNS, "");
  await memory.writeFile("/proc/self/mountinfo", "");
  let left = mounts;
  const remove = memory.remove.bind(memory);
  memory.remove = (path) => {
    const busy = new FileError("remove", path, "EBUSY", "resource busy or locked");
    return path === NETNS && left > 0 ? Promise.reject(busy) : remove(path);
  };
  const run = (argv: readonly string[]) => {
    if (argv[0] === "umount" && argv.at(-1) === NETNS) left--;
    return Promise.resolve({ exitCode: 0, stdout: "", stderr: "not taken down" });
  };
  const layout = { socket: "/run/none.sock", cgroup: "/none", bridge: "kn-none", network: "none" };
  const containerd = { layout, options: { directory: DIRECTORY }, stop: () => Promise.resolve() };
  const clock = new VirtualClock();
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (message: string) => void warnings.push(message) };
  const done = purgeContainerd(containerd as unknown as Containerd, { files: memory, run, clock, log });
  const failed = done.catch(() => {});
  await clock.advance(10_000);
  await failed;
  await done;
  const isThere = await memory.exists(NETNS);
  return { left, isThere, isDirectoryThere: await memory.exists(DIRECTORY), warnings };
}

test("a pod's network namespace goes, however many mounts lie on one another", async () => {
  const gone = { left: 0, isThere: false, isDirectoryThere: false, warnings: [] };
  assert.deepEqual(await purged(1), gone);
  assert.deepEqual(await purged(3), gone);
});

test("one that cannot be reached stays, is named, and holds up nothing else", async () => {
  const { isThere, warnings, isDirectoryThere } = await purged(1_000);
  assert.deepEqual([isThere, isDirectoryThere], [true, false]);
  assert.deepEqual(warnings, ["a network namespace stays"]);
});
