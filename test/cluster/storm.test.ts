import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { test } from "node:test";
import { calmState, reportOf, type StormReport } from "./storm_worker.ts";

const NIGHTLY = process.env["KNARR_NIGHTLY"] === "1";
/** One seed to look at closely: what was done is printed. */
const REPLAY = process.env["KNARR_SEED"];
const SEEDS = NIGHTLY ? 5_000 : 1_000;

const replay = (seed: number) => `replay with: KNARR_SEED=${seed} ./knarr test cluster/storm`;

/** Storms of these seeds in a process of their own; gives those that ended badly. */
function storms(from: number, to: number): Promise<StormReport[]> {
  return new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, "storm_worker.ts");
    const child = spawn(execPath, [script, String(from), String(to)], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => {
      const lines = output.split("\n").filter((line) => line !== "");
      if (code === 0) resolve(lines.map((line) => JSON.parse(line) as StormReport));
      else reject(new Error(`storms ${from} to ${to} ended with ${code}`));
    });
  });
}

test(`${SEEDS} storms over every kind of workload end where calm does, inside all bounds`, async () => {
  if (REPLAY !== undefined) {
    const { problems, actions } = await reportOf(Number(REPLAY), await calmState());
    console.log(actions.join("\n"));
    assert.equal(problems.join("\n"), "");
    return;
  }
  const workers = availableParallelism();
  const share = Math.ceil(SEEDS / workers);
  const reports = await Promise.all(
    Array.from({ length: workers }, (_, at) => storms(at * share + 1, Math.min((at + 1) * share, SEEDS))),
  );
  const [bad] = reports.flat();
  if (bad)
    assert.fail(`seed ${bad.seed}: ${replay(bad.seed)}\n${bad.problems.join("\n")}\n\n${bad.actions.join("\n")}`);
});

test("a storm repeats itself, write for write, and another seed is another storm", async () => {
  const calm = await calmState();
  const histories = new Set<string>();
  for (const seed of [1, 2, 3]) {
    const [first, second] = [await reportOf(seed, calm), await reportOf(seed, calm)];
    assert.equal(second.history, first.history, `seed ${seed} has two histories; ${replay(seed)}`);
    histories.add(first.history);
  }
  assert.equal(histories.size, 3);
});
