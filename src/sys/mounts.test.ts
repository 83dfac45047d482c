import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryFiles } from "./memory_files.ts";
import { mountPoints, unmountBelow } from "./mounts.ts";

const TABLE = `\
20 1 254:0 / / rw - ext4 /dev/vda rw
21 20 0:4 / /data/a\\040b\\134c rw - tmpfs tmpfs rw
22 20 0:4 / /data/x rw shared:1 - tmpfs tmpfs rw
23 22 0:4 / /data/x/y rw - tmpfs tmpfs rw
24 22 0:4 / /data/x rw - tmpfs tmpfs rw
25 20 0:4 / /database rw - tmpfs tmpfs rw
`;

async function filesWith(table: string) {
  const files = memoryFiles();
  await files.mkdir("/proc/self");
  await files.writeFile("/proc/self/mountinfo", table);
  return files;
}

test("mountPoints() gives paths as they are, whatever is in them", async () => {
  const points = ["/", "/data/a b\\c", "/data/x", "/data/x/y", "/data/x", "/database"];
  assert.deepEqual(await mountPoints(await filesWith(TABLE)), points);
  assert.deepEqual(await mountPoints(await filesWith("")), []);
});

test("unmountBelow() takes down all that lies below a directory, the latest first, and nothing beside it", async () => {
  const ran: string[] = [];
  const run = (argv: readonly string[]) => {
    ran.push(argv.join(" "));
    return Promise.resolve({ exitCode: 0, stdout: "", stderr: "" });
  };
  await unmountBelow("/data", { run, files: await filesWith(TABLE) });
  assert.deepEqual(
    ran,
    ["/data/x", "/data/x/y", "/data/x", "/data/a b\\c"].map((path) => `umount -l ${path}`),
  );
});
