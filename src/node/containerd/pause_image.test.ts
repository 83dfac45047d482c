import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { machine } from "#sys/machine.ts";
import { runCommand } from "#sys/process.ts";
import { pauseArchive } from "./pause_image.ts";
import { pauseProgram } from "./pause_program.ts";

test("the pause program waits, and ends well when told", async () => {
  const directory = await mkdtemp(join(tmpdir(), "pause-"));
  try {
    const path = join(directory, "pause");
    await writeFile(path, pauseProgram(machine.architecture), { mode: 0o755 });
    const child = spawn(path, { stdio: "ignore" });
    await once(child, "spawn");
    // Its one sleep comes after it has set up its signals; before that TERM would end it as it ends any program.
    for (let status = ""; !/^State:\tS/m.test(status) || !/^SigIgn:\t0*10000$/m.test(status);) {
      assert.equal(child.exitCode, null);
      status = await readFile(`/proc/${child.pid}/status`, "utf8");
    }
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [0, null]);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("the arm64 program is the machine code it should be", () => {
  const file = Buffer.from(pauseProgram("arm64"));
  const words = Array.from({ length: 18 }, (_, index) => file.readUInt32LE(120 + index * 4).toString(16));
  // As an assembler writes it: movz/adr/svc triples; tbnz x0, #63 goes back to the second adr of the signals.
  const text = `d2800220 10000221 d2800002 d2800103 d28010c8 d4000001 d2800000 10000261 d28010e8 d4000001
    10000200 d2800001 d2801128 d4000001 b7ffff80 d2800000 d2800ba8 d4000001`;
  assert.deepEqual(words, text.split(/\s+/));
});

test("the archive is a tar file that tar reads, the same each time", async () => {
  const archive = pauseArchive("knarr.local/pause:1", "x64");
  assert.deepEqual(archive, pauseArchive("knarr.local/pause:1", "x64"));
  const listed = await runCommand(["tar", "-t"], { input: archive });
  assert.equal(listed.exitCode, 0, listed.stderr);
  const names = listed.stdout.trim().split("\n");
  assert.deepEqual(names.slice(0, 2), ["oci-layout", "index.json"]);
  assert.equal(names.filter((name) => /^blobs\/sha256\/[0-9a-f]{64}$/.test(name)).length, 3);
});
