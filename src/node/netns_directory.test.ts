import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryFiles } from "#sys/memory_files.ts";
import { shareNamespaces, unshareNamespaces } from "./netns_directory.ts";

/** What is run on a machine with these mount points and namespaces. */
async function commands(
  act: typeof shareNamespaces,
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
  const shared = ["mount --bind /run/netns /run/netns", "mount --make-shared /run/netns"];
  assert.deepEqual(await commands(shareNamespaces, []), shared);
  assert.deepEqual(await commands(shareNamespaces, ["/run/netns"]), []);
  assert.deepEqual(await commands(shareNamespaces, ["/run/netns/cni-1"], ["cni-1"]), []);
});

test("it is given back when no namespace is left", async () => {
  assert.deepEqual(await commands(unshareNamespaces, ["/run/netns"]), ["umount /run/netns"]);
  assert.deepEqual(await commands(unshareNamespaces, ["/run/netns"], ["other"]), []);
  assert.deepEqual(await commands(unshareNamespaces, []), []);
});
