import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { FileError, nodeFiles } from "./files.ts";
import type { FileErrorCode, Files } from "./files.ts";
import { memoryFiles } from "./memory_files.ts";

type Case = (files: Files, root: string) => Promise<void>;

const refuses = (run: Promise<unknown>, code: FileErrorCode) =>
  assert.rejects(run, (error) => error instanceof FileError && error.code === code);

const CASES: Readonly<Record<string, Case>> = {
  "writes, replaces and reads a file": async (files, root) => {
    await files.writeFile(`${root}/a`, "one");
    await files.writeFile(`${root}/a`, new Uint8Array([0xc3, 0xa4]));
    assert.equal(await files.readText(`${root}/a`), "ä");
    assert.deepEqual([...(await files.readFile(`${root}/a`))], [0xc3, 0xa4]);
    assert.deepEqual(await files.readDirectory(root), [{ name: "a", kind: "file" }]);
  },
  "gives the mode asked for, whatever stood there": async (files, root) => {
    await files.writeFile(`${root}/key`, "open", { mode: 0o666 });
    await files.writeFile(`${root}/key`, "secret", { mode: 0o600 });
    const stat = await files.stat(`${root}/key`);
    assert.deepEqual([stat.kind, stat.mode, stat.sizeBytes], ["file", 0o600, 6]);
    await files.chmod(`${root}/key`, 0o400);
    assert.equal((await files.stat(`${root}/key`)).mode, 0o400);
  },
  "leaves nothing behind when a write fails": async (files, root) => {
    await files.mkdir(`${root}/taken/below`);
    await refuses(files.writeFile(`${root}/taken`, "x"), "EISDIR");
    await refuses(files.writeFile(`${root}/none/x`, "x"), "ENOENT");
    assert.deepEqual(await files.readDirectory(root), [{ name: "taken", kind: "directory" }]);
  },
  appends: async (files, root) => {
    await files.appendFile(`${root}/log`, "a\n", { mode: 0o640 });
    await files.appendFile(`${root}/log`, "b\n");
    assert.equal(await files.readText(`${root}/log`), "a\nb\n");
    await refuses(files.appendFile(root, "x"), "EISDIR");
  },
  "makes directories, those above too, again without complaint": async (files, root) => {
    await files.mkdir(`${root}/x/y/z`, { mode: 0o777 });
    await files.mkdir(`${root}/x/y`, { mode: 0o700 });
    assert.equal((await files.stat(`${root}/x/y`)).mode, 0o777);
    assert.equal((await files.stat(`${root}/x/y/z`)).kind, "directory");
    await files.writeFile(`${root}/f`, "");
    await refuses(files.mkdir(`${root}/f`), "EEXIST");
    await refuses(files.mkdir(`${root}/f/below`), "ENOTDIR");
  },
  "removes trees, links themselves, and what is not there": async (files, root) => {
    await files.mkdir(`${root}/tree/a`);
    await files.writeFile(`${root}/tree/a/f`, "kept");
    await files.symlink(`${root}/tree`, `${root}/link`);
    await files.remove(`${root}/link`);
    assert.equal(await files.readText(`${root}/tree/a/f`), "kept");
    await files.remove(`${root}/tree`);
    await files.remove(`${root}/tree/a/f`);
    assert.deepEqual(await files.readDirectory(root), []);
  },
  "renames over a file, not over a full directory": async (files, root) => {
    await files.writeFile(`${root}/a`, "a");
    await files.writeFile(`${root}/b`, "b");
    await files.rename(`${root}/a`, `${root}/b`);
    assert.equal(await files.readText(`${root}/b`), "a");
    assert.equal(await files.exists(`${root}/a`), false);
    await refuses(files.rename(`${root}/a`, `${root}/c`), "ENOENT");
    await files.mkdir(`${root}/d/full`);
    await files.mkdir(`${root}/e`);
    await refuses(files.rename(`${root}/e`, `${root}/d`), "ENOTEMPTY");
    await refuses(files.rename(`${root}/d`, `${root}/d/below`), "EINVAL");
  },
  "follows links, replaces them in one step, and sees loops": async (files, root) => {
    await files.mkdir(`${root}/v1`);
    await files.mkdir(`${root}/v2`);
    await files.writeFile(`${root}/v2/f`, "two");
    await files.symlink("v1", `${root}/current`);
    await files.symlink("v2", `${root}/current`);
    assert.equal(await files.readText(`${root}/current/f`), "two");
    assert.equal(await files.readLink(`${root}/current`), "v2");
    assert.equal((await files.statLink(`${root}/current`)).kind, "symlink");
    assert.equal((await files.stat(`${root}/current`)).kind, "directory");
    assert.deepEqual((await files.readDirectory(root))[0], { name: "current", kind: "symlink" });
    await files.symlink("loop", `${root}/loop`);
    await refuses(files.readFile(`${root}/loop`), "ELOOP");
    assert.equal(await files.exists(`${root}/loop`), false);
    await refuses(files.readLink(`${root}/v1`), "EINVAL");
    await files.writeFile(`${root}/current`, "now a file");
    assert.equal((await files.statLink(`${root}/current`)).kind, "file");
  },
  "refuses to read what is absent or no file": async (files, root) => {
    await refuses(files.readFile(`${root}/none`), "ENOENT");
    await refuses(files.readFile(root), "EISDIR");
    await refuses(files.stat(`${root}/none`), "ENOENT");
    await files.writeFile(`${root}/f`, "");
    await refuses(files.readDirectory(`${root}/f`), "ENOTDIR");
    await refuses(files.readFile(`${root}/f/below`), "ENOTDIR");
  },
  "lists in order of code units": async (files, root) => {
    for (const name of ["b", "a", "B", "a.b", "ab"]) await files.writeFile(`${root}/${name}`, "");
    assert.deepEqual(
      (await files.readDirectory(root)).map(({ name }) => name),
      ["B", "a", "a.b", "ab", "b"],
    );
  },
  "tells the file system's space": async (files, root) => {
    const { totalBytes, freeBytes, availableBytes } = await files.statFileSystem(root);
    assert.ok(totalBytes >= freeBytes && freeBytes >= availableBytes && availableBytes > 0);
    await refuses(files.statFileSystem(`${root}/none`), "ENOENT");
  },
};

for (const [name, run] of Object.entries(CASES)) {
  describe(`Files ${name}`, () => {
    test("nodeFiles", async () => {
      const root = await mkdtemp(join(tmpdir(), "knarr-files-"));
      try {
        await run(nodeFiles, root);
      } finally {
        await rm(root, { recursive: true });
      }
    });
    test("memoryFiles()", async () => {
      const files = memoryFiles();
      await files.mkdir("/root");
      await run(files, "/root");
    });
  });
}

test("nodeFiles mkdir() gives up where the parent takes no directory", async () => {
  await assert.rejects(nodeFiles.mkdir("/proc/knarr/run"), (error: FileError) => error.code === "ENOENT");
});
