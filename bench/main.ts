/**
 * `./knarr bench [NAME] [--json]`: measures the bundled program as `./knarr` starts it, beside the figures that
 * design sets. The load comes from processes of its own, on the same machine: with few cores they take from the
 * server what it could use, so figures are lower bounds.
 */
import { argv, stderr, stdout } from "node:process";
import { availableParallelism, cpus } from "node:os";
import { figureLines, machineLoad, rounded, type Figure } from "./figure.ts";

/** The benchmarks in the order they are run; each loads its own code. */
const BENCHMARKS: Readonly<Record<string, () => Promise<Figure[]>>> = {
  start: async () => (await import("./start.ts")).benchStart(),
  memory: async () => (await import("./memory.ts")).benchMemory(),
  api: async () => (await import("./api.ts")).benchApi(),
  pods: async () => (await import("./pods.ts")).benchPods(),
  embedding: async () => (await import("./create_cluster.ts")).benchCreateCluster(),
  scheduler: async () => (await import("./scheduler.ts")).benchScheduler(),
  rollouts: async () => (await import("./rollouts.ts")).benchRollouts(),
  scale: async () => (await import("./scale.ts")).benchScale(),
  store: async () => (await import("./store.ts")).benchStore(),
  listener: async () => (await import("./listener.ts")).benchListener(),
};

const json = argv.includes("--json");
const [wanted] = argv.slice(2).filter((argument) => !argument.startsWith("--"));
if (wanted !== undefined && !Object.hasOwn(BENCHMARKS, wanted)) {
  stderr.write(`knarr: there is no benchmark "${wanted}"\n  One of: ${Object.keys(BENCHMARKS).join(", ")}\n`);
  process.exit(2);
}

const results: object[] = [];
for (const [name, run] of Object.entries(BENCHMARKS)) {
  if (wanted !== undefined && name !== wanted) continue;
  const before = machineLoad();
  const figures = await run();
  const load = { before, after: machineLoad() };
  results.push({ bench: name, load, figures: figures.map((each) => ({ ...each, value: rounded(each.value) })) });
  if (json) continue;
  stdout.write(`${name}: machine load ${load.before} before, ${load.after} after\n`);
  for (const line of figureLines(figures)) stdout.write(`  ${line}\n`);
}
if (json) {
  const machine = { cores: availableParallelism(), processor: cpus()[0]?.model ?? "unknown" };
  stdout.write(`${JSON.stringify({ machine, results }, undefined, 2)}\n`);
}
