/** `node storm_worker.ts FROM TO`: storms of these seeds; prints a line of JSON for each that ended badly. */
import { argv, stdout } from "node:process";
import { differences } from "./final_state.ts";
import { storm } from "./storm.ts";

/** What went wrong under one seed; `problems` is empty when nothing did. */
export interface StormReport {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly actions: readonly string[];
  readonly history: string;
}

export async function reportOf(seed: number, calm: readonly string[]): Promise<StormReport> {
  try {
    const { state, actions, broken, history } = await storm(seed, calm);
    return { seed, problems: [...broken, ...differences(state, calm)], actions, history };
  } catch (error) {
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { seed, problems: [problem], actions: [], history: "" };
  }
}

/** What a cluster comes to that is left alone. */
export async function calmState(): Promise<readonly string[]> {
  return (await storm(1, undefined, 0)).state;
}

if (import.meta.main) {
  const [from = 1, to = from] = argv.slice(2).map(Number);
  const calm = await calmState();
  for (let seed = from; seed <= to; seed++) {
    const report = await reportOf(seed, calm);
    if (report.problems.length > 0) stdout.write(`${JSON.stringify(report)}\n`);
  }
}
