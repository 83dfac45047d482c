import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryFiles } from "#sys/memory_files.ts";
import { shareNamespaces, unshareNamespaces } from "./netns_directory.ts";

type Doors = Parameters<typeof unshareNamespaces>[0];

/** What is run on a machine with these mount points and namespaces. */
async function commands(
  act: (doors: Doors) => Promise<void>,
  mounted: readonly string[],
  namespaces: readonly string[] = [],
): Promise<string[]> {
  const files = memoryFiles();
  await files.mkdir("/proc/self");
  const lines = ["/", "/run", ...mounted].map((path, id) => `${id} 1 0:4 / ${path} rw shared:1 - tmpfs tmpfs rw`);
  await files.writeFile("/proc/self/mountinfo", `${lines.join("\n")}\n`);
  await files.mkdir("/run/netns");
  for (const name of namespaces) await files.writeFile(`/run/netns/${name}`, "");
  const ran: string[] = [];
  const run = (argv: readonly string[]) => {
    ran.push(argv.join(" "));
    return Promise.resolve({ exitCode: 0, stdout: "", stderr: "" });
  };
  await act({ files, run });
  return ran;
}

test("the directory of network namespaces is shared before there is one, and only then", async () => {
  const share = (doors: Doors) => shareNamespaces("knarr-a-first", doors);
  const made = ["ip netns add knarr-a-first", "ip netns delete knarr-a-first"];
  assert.deepEqual(await commands(share, []), made);
  assert.deepEqual(await commands(share, ["/run/netns"]), []);
  assert.deepEqual(await commands(share, ["/run/netns/cni-1"], ["cni-1"]), []);
});

test("it is given back when no namespace is left", async () => {
  assert.deepEqual(await commands(unshareNamespaces, ["/run/netns"]), ["umount /run/netns"]);
  assert.deepEqual(await commands(unshareNamespaces, ["/run/netns"], ["other"]), []);
  assert.deepEqual(await commands(unshareNamespaces, []), []);
});
