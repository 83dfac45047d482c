import { rm } from "node:fs/promises";
import { join } from "node:path";
import { BenchCluster, knarr } from "./cluster.ts";
import { atMost, median, type Figure } from "./figure.ts";
import { startLoad } from "./load.ts";

const RUNS = 5;
const LARGE_RUNS = 3;
const OBJECTS = 100_000;
const WRITERS = 64;

type Start = Awaited<ReturnType<BenchCluster["up"]>>;

/** How long until the API answers and the node is Ready: at first, again, and again with 100,000 objects. */
export async function benchStart(): Promise<Figure[]> {
  const cold = await firstStarts(1, { warm: false });
  const first = await firstStarts(RUNS, { warm: true });
  const again = await BenchCluster.with(async (cluster) => {
    await cluster.up();
    return restarts(cluster, RUNS);
  });
  const large = await BenchCluster.with(async (cluster) => {
    await cluster.up();
    await fill(cluster);
    return restarts(cluster, LARGE_RUNS);
  });
  return [
    ...figuresOf("first start", first, atMost(500, 150)),
    ...figuresOf("first start, nothing compiled", cold),
    ...figuresOf("restart", again, atMost(500, 150)),
    ...figuresOf(`restart with ${OBJECTS} objects`, large, atMost(1_000, 600)),
  ];
}

/** @param options.warm Whether compiled code is kept from earlier starts; else it is removed before each. */
async function firstStarts(runs: number, options: { readonly warm: boolean }): Promise<Start[]> {
  // Builds the bundle, when something changed since.
  await knarr("version");
  const starts: Start[] = [];
  for (let run = 0; run < runs; run++) {
    if (!options.warm) await rm(join(import.meta.dirname, "../dist/compile-cache"), { recursive: true, force: true });
    starts.push(await BenchCluster.with((cluster) => cluster.up()));
  }
  return starts;
}

async function restarts(cluster: BenchCluster, runs: number): Promise<Start[]> {
  const starts: Start[] = [];
  for (let run = 0; run < runs; run++) {
    await cluster.down();
    starts.push(await cluster.up());
  }
  return starts;
}

async function fill(cluster: BenchCluster): Promise<void> {
  const load = await startLoad(await cluster.credentials());
  try {
    const job = { kind: "create", resource: "configmaps", clients: WRITERS, count: OBJECTS } as const;
    await load.run({ ...job, prefix: "filler" });
  } finally {
    load.close();
  }
}

function figuresOf(name: string, starts: readonly Start[], goal?: Figure["goal"]): Figure[] {
  const of = (part: keyof Start) => median(starts.map((start) => start[part]));
  const worst = Math.round(Math.max(...starts.map((start) => start.apiReadyMs)));
  const note = `worst of ${starts.length}: ${worst} ms`;
  return [
    { name: `${name}: API ready`, value: of("apiReadyMs"), unit: "ms", note, ...(goal && { goal }) },
    { name: `${name}: node Ready`, value: of("nodesReadyMs"), unit: "ms" },
    { name: `${name}: knarr up returns`, value: of("commandMs"), unit: "ms" },
  ];
}
