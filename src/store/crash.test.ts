import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { seededRandom } from "#base/random.ts";
import { CRASH_KEYS, CRASH_WRITERS, crashValue } from "./crash_writer.ts";
import { SqliteStore } from "./sqlite_store.ts";
import { text } from "./store_fixture.ts";
import { checkFile } from "./sqlite_integrity.test.ts";

const KILLS = Number(process.env["KNARR_CRASH_KILLS"] ?? 10);
/** A writer is killed after at most this many acknowledgements: somewhere in its first half second. */
const ACKNOWLEDGED_MAX = 1_500;

interface Life {
  /** The revision the writer found when it opened the store. */
  opened: number;
  /** The last acknowledged write of each key: its number. */
  readonly last: Map<string, number>;
  readonly revisions: number[];
}

/** Starts a writer, kills it with SIGKILL once it said so many lines, and returns all that it said. */
async function liveAndDie(directory: string, first: number, lines: number): Promise<Life> {
  const script = fileURLToPath(new URL("./crash_writer.ts", import.meta.url));
  const child = spawn(process.execPath, [script, directory, String(first)], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = new Promise((resolve) => child.once("close", resolve));
  const life: Life = { opened: -1, last: new Map(), revisions: [] };
  let said = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, ...rest] = line.split(" ");
    if (word === "open") life.opened = Number(rest[0]);
    if (word === "ack" && rest.length === 3 && rest[0] !== undefined) {
      life.last.set(rest[0], Number(rest[1]));
      if (crashValue(Number(rest[1])) !== undefined) life.revisions.push(Number(rest[2]));
    }
    // What is still in the pipe was acknowledged too, so reading goes on to the end.
    if (++said === lines) child.kill("SIGKILL");
  }
  await gone;
  assert.equal(child.signalCode, "SIGKILL");
  return life;
}

test(`SqliteStore loses nothing acknowledged and no revision falls, killed ${KILLS} times under 8 writers`, async () => {
  const directory = await mkdtemp(join(tmpdir(), "knarr-crash-"));
  const random = seededRandom(Number(process.env["KNARR_SEED"] ?? 7));
  const revisions = new Set<number>();
  let highest = 0;
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const life = await liveAndDie(directory, kill * 100_000, 2 + random.below(ACKNOWLEDGED_MAX));
      assert.ok(life.opened >= highest, `opened at ${life.opened} after ${highest} was acknowledged`);
      for (const revision of life.revisions) {
        assert.ok(revision > life.opened && !revisions.has(revision), `revision ${revision} was given twice`);
        revisions.add(revision);
        highest = Math.max(highest, revision);
      }
      const store = await SqliteStore.open(directory);
      await checkFile(directory, store);
      assert.ok(store.revision >= highest, `revision ${store.revision} after ${highest} was acknowledged`);
      for (const [key, n] of life.last) {
        // The write after the last acknowledged one may have reached the disk, or may not.
        const found = text(store.get(key));
        assert.ok([crashValue(n), crashValue(n + 1)].includes(found), `${key} is not at write ${n}: ${found}`);
      }
      assert.ok(store.count("") <= CRASH_WRITERS * CRASH_KEYS);
      await store.close();
    }
  } finally {
    await rm(directory, { recursive: true });
  }
  assert.ok(revisions.size > KILLS * 10);
});
