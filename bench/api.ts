import { BenchCluster } from "./cluster.ts";
import { benchDefinitions } from "./definitions.ts";
import { Etcd, etcdVersion, findEtcd } from "./etcd.ts";
import { atLeast, atMost, median, type Figure } from "./figure.ts";
import { startLoad, type Job, type Load, type Outcome } from "./load.ts";
import { processorMs } from "./processor.ts";
import { openRequests, type SeenObject } from "./requests.ts";
import type { Credentials } from "#cli/kubeconfig.ts";

/** Creates of pods that come from one template, as a ReplicaSet's do: how many a run, and what must be reached. */
const CREATES = [
  { clients: 1, count: 1_000, goal: atLeast(1_000, 1_400) },
  { clients: 32, count: 4_000, goal: atLeast(4_000, 6_000) },
  { clients: 256, count: 5_000, goal: atLeast(5_000, 8_000) },
];
const LISTED = 10_000;
const READERS = 32;
const READS = 15_000;
const PATCHES = 4_000;
const LISTS = 15;
const WATCHERS = 1_000;
const WATCH_CONNECTIONS = 100;
const CHANGES = 300;
const RUNS = 3;
/** Sent before anything is measured: V8 compiles while the first some thousand are served. They have a row of their own. */
const FIRST = { clients: 32, count: 8_000 };
/** Creates that are also sent by the client of our own components: figures before this load had one were taken so. */
const COMPARED = { clients: 32, count: 4_000 };
/** As many as a cluster with a few operators has. */
const DEFINITIONS = 20;

/** The API over TLS, every write on disk before it is acknowledged. */
export async function benchApi(): Promise<Figure[]> {
  return [
    ...(await withLoad(2, creates)),
    ...(await withLoad(2, readsAndPatches)),
    ...(await withLoad(2, lists)),
    ...(await withLoad(3, watches)),
  ];
}

/** @param server The process that is measured. */
type Bench = (loads: readonly Load[], server: number) => Promise<Figure[]>;

/** Gives `bench` a cluster of its own and so many load processes. */
function withLoad(processes: number, bench: Bench): Promise<Figure[]> {
  return BenchCluster.with(async (cluster) => {
    await cluster.up();
    const credentials = await cluster.credentials();
    await installDefinitions(credentials);
    const loads: Load[] = [];
    try {
      for (let each = 0; each < processes; each++) loads.push(await startLoad(credentials));
      return await bench(loads, cluster.pid);
    } finally {
      for (const load of loads) load.close();
    }
  });
}

/** Resolves when all of them are served. */
async function installDefinitions(credentials: Credentials): Promise<void> {
  const requests = openRequests(credentials);
  const collection = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  for (const definition of benchDefinitions(DEFINITIONS)) {
    const { metadata } = (await requests.send("POST", collection, definition)) as SeenObject;
    await requests.until(collection, (seen) => seen.metadata.name === metadata.name && isEstablished(seen));
  }
  requests.close();
}

function isEstablished({ status }: SeenObject): boolean {
  const conditions = (status?.["conditions"] ?? []) as readonly { readonly type: string; readonly status: string }[];
  return conditions.some((each) => each.type === "Established" && each.status === "True");
}

async function creates([load, watching]: readonly Load[], server: number): Promise<Figure[]> {
  const attached = { watchers: 4, connections: 4, events: Infinity };
  const watchers = await begun(watching, { kind: "watch", resource: "pods", ...attached });
  const figures: Figure[] = [];
  const job = { kind: "create", resource: "pods" } as const;
  const first = perSecond(await ran(load, { ...job, ...FIRST, prefix: "bench-first" }));
  const note = "all since the server's start; the others come after them";
  figures.push({ name: `creates, ${FIRST.clients} clients, the first ${FIRST.count}`, value: first, unit: "/s", note });
  for (const { clients, count, goal } of CREATES) {
    let run = 0;
    const measured = await rate(server, () =>
      ran(load, { ...job, clients, count, prefix: `bench-${clients}-${run++}` }),
    );
    figures.push({ name: `creates, ${clients} clients`, ...measured, goal });
  }
  for (const { clients, count } of CREATES) {
    let run = 0;
    const unlike = await rate(server, () =>
      ran(load, {
        kind: "create",
        resource: "unlike pods",
        clients,
        count,
        prefix: `bench-unlike-${clients}-${run++}`,
      }),
    );
    figures.push({ name: `creates of pods without a template, ${clients} clients`, ...unlike });
  }
  let run = 0;
  const compared = await rate(server, () =>
    ran(load, { ...job, ...COMPARED, through: "our client", prefix: `bench-compared-${run++}` }),
  );
  figures.push({ name: `creates, ${COMPARED.clients} of the components' clients`, ...compared });
  watchers.stop();
  await watchers.outcome;
  return [...figures, ...(await etcdCreates(load))];
}

/** What etcd alone makes of the same creates: bytes on disk, without TLS, decoding, validation, watchers or answers. */
async function etcdCreates(load: Load | undefined): Promise<Figure[]> {
  const program = findEtcd();
  if (program === undefined) {
    const note = "there is no etcd on PATH or in the cache";
    return [{ name: "etcd alone, creates", value: Number.NaN, unit: "/s", note }];
  }
  const note = `etcd ${etcdVersion(program)}: the same bytes over a unix socket, without TLS, validation and watchers`;
  await using etcd = await Etcd.start(program);
  const figures: Figure[] = [];
  for (const { clients, count } of CREATES) {
    let run = 0;
    const job = { kind: "etcd", socketPath: etcd.socketPath, clients, count } as const;
    const value = median(await runs(() => ran(load, { ...job, prefix: `bench-${clients}-${run++}` })));
    figures.push({ name: `etcd alone, creates, ${clients} clients`, value, unit: "/s", note });
  }
  return figures;
}

async function readsAndPatches([load]: readonly Load[], server: number): Promise<Figure[]> {
  const prefix = "read";
  const objects = 1_000;
  await ran(load, { kind: "create", resource: "pods", clients: READERS, count: objects, prefix });
  const job = { clients: READERS, prefix, objects };
  const gets = await rate(server, () => ran(load, { kind: "get", ...job, count: READS }));
  const patches = await rate(server, () => ran(load, { kind: "patch", ...job, count: PATCHES }));
  return [
    { name: `GET, ${READERS} clients`, ...gets, goal: atLeast(12_000, 20_000) },
    { name: `PATCH, ${READERS} clients`, ...patches, goal: atLeast(2_500, 5_000) },
  ];
}

/** A list's length, and how long another client's small read takes at worst while lists are answered. */
async function lists([load, other]: readonly Load[]): Promise<Figure[]> {
  await ran(load, { kind: "create", resource: "pods", clients: READERS, count: LISTED, prefix: "listed" });
  const alone = await begun(other, { kind: "ping" });
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  alone.stop();
  const quiet = Math.max(...(await alone.outcome).latencies);
  const pings = await begun(other, { kind: "ping" });
  const { latencies } = await ran(load, { kind: "list", count: LISTS });
  pings.stop();
  const stalls = (await pings.outcome).latencies;
  const note = `longest of ${stalls.length} reads; ${quiet.toFixed(1)} ms without lists`;
  return [
    { name: `LIST of ${LISTED} pods`, value: median(latencies), unit: "ms", goal: atMost(150, 60) },
    { name: "stall of others meanwhile", value: Math.max(...stalls), unit: "ms", note, goal: atMost(20, 10) },
  ];
}

async function watches([load, ...watching]: readonly Load[]): Promise<Figure[]> {
  const share = { watchers: WATCHERS / watching.length, connections: WATCH_CONNECTIONS / watching.length };
  const job = { kind: "watch", resource: "configmaps", ...share, events: CHANGES } as const;
  const running = await Promise.all(watching.map((each) => each.begin(job)));
  const written = load?.run({ kind: "create", resource: "configmaps", clients: READERS, count: CHANGES, prefix: "w" });
  const outcomes = await Promise.all(running.map((each) => each.outcome));
  await written;
  const failed = outcomes.flatMap((outcome) => outcome.failures);
  if (failed.length > 0) throw new Error(failed[0]);
  const tookMs = Math.max(...outcomes.map((outcome) => outcome.tookMs));
  const value = (WATCHERS * CHANGES * 1_000) / tookMs;
  const note = `${CHANGES} changes to ${WATCHERS} watchers over ${WATCH_CONNECTIONS} connections`;
  return [{ name: "watch deliveries", value, unit: "/s", note, goal: atLeast(100_000, 250_000) }];
}

/** The median of some runs, requests a second, and what one request cost the server and the load over all of them. */
async function rate(
  server: number,
  run: () => Promise<Outcome>,
): Promise<{ readonly value: number; readonly unit: string; readonly note: string }> {
  let requests = 0;
  let loadMs = 0;
  const before = await processorMs(server);
  const rates = await runs(async () => {
    const outcome = await run();
    requests += outcome.latencies.length;
    loadMs += outcome.cpuMs;
    return outcome;
  });
  const serverMs = (await processorMs(server)) - before;
  const each = (ms: number) => Math.round((ms * 1_000) / requests);
  const note = `processor time of each: the server ${each(serverMs)} us, the load ${each(loadMs)} us`;
  return { value: median(rates), unit: "/s", note };
}

async function runs(run: () => Promise<Outcome>): Promise<number[]> {
  const all: number[] = [];
  for (let each = 0; each < RUNS; each++) all.push(perSecond(await run()));
  return all;
}

function perSecond({ latencies, tookMs }: Outcome): number {
  return (latencies.length * 1_000) / tookMs;
}

function ran(load: Load | undefined, job: Job): Promise<Outcome> {
  if (load === undefined) throw new Error("there is no such load process");
  return load.run(job);
}

function begun(load: Load | undefined, job: Job): ReturnType<Load["begin"]> {
  if (load === undefined) throw new Error("there is no such load process");
  return load.begin(job);
}
