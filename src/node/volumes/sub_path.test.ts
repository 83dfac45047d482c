import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryFiles } from "#sys/memory_files.ts";
import { resolveSubPath } from "./sub_path.ts";

test("a sub-path that is made is open to whom the volume is open", async () => {
  const files = memoryFiles();
  await files.mkdir("/volume", { mode: 0o777 });
  assert.equal(await resolveSubPath(files, "/volume", "app/data"), "/volume/app/data");
  assert.equal((await files.stat("/volume/app")).mode, 0o777);
  assert.equal((await files.stat("/volume/app/data")).mode, 0o777);
});

test("a sub-path does not lead out of its volume", async () => {
  const files = memoryFiles();
  await files.mkdir("/volume");
  await assert.rejects(resolveSubPath(files, "/volume", "a/../../etc"), /not within volume path/);
});
