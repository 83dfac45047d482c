import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { clusterPaths } from "#cli/paths.ts";
import { nodeFiles } from "#sys/files.ts";
import { nameDirectory, takeName } from "./identity.ts";

const NAME = `test-${process.pid}`;

/** Names are held below /run, where only root may write. */
const skip = process.getuid?.() === 0 ? false : "needs root";

test("takeName() holds a name for one cluster, and a data directory for one name", { skip }, async (t) => {
  const root = mkdtempSync(join(tmpdir(), "knarr-name-"));
  t.after(() => {
    rmSync(root, { recursive: true });
    rmSync(nameDirectory(NAME), { recursive: true, force: true });
  });
  const paths = (name: string, data: string) =>
    clusterPaths(name, { dataDir: join(root, data), isRoot: true, env: {} });
  await nodeFiles.mkdir(join(root, "a"));
  await nodeFiles.mkdir(join(root, "b"));
  const lock = await takeName(nodeFiles, paths(NAME, "a"));
  await assert.rejects(takeName(nodeFiles, paths(NAME, "b")), /runs on this machine with other data/);
  await assert.rejects(takeName(nodeFiles, paths("other", "a")), /holds the data of cluster "test-/);
  lock.release();
  (await takeName(nodeFiles, paths(NAME, "b"))).release();
});
