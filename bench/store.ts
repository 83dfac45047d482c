import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SqliteStore } from "#store/sqlite_store.ts";
import { median, type Figure } from "./figure.ts";

const VALUE_BYTES = 2_048;
const OBJECTS = 100_000;
const CLIENT_COUNTS = [1, 32, 256];
const PUT_RUN_MS = 1_500;
const RANGE_RUNS = 21;

/** Measures the store on disk: durable writes by number of clients, lists, opening. */
export async function benchStore(): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), "knarr-bench-store-"));
  try {
    const figures: Figure[] = [];
    const store = await SqliteStore.open(directory);
    for (const clients of CLIENT_COUNTS) figures.push(...(await benchPuts(store, clients)));
    await store.close();
    await rm(directory, { recursive: true });
    return [...figures, ...(await benchLarge(await mkdtemp(join(tmpdir(), "knarr-bench-store-"))))];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Creates by so many clients, each waiting for its last write. */
async function benchPuts(store: SqliteStore, clients: number): Promise<Figure[]> {
  const value = new Uint8Array(VALUE_BYTES).fill(0x61);
  const started = performance.now();
  const loop = performance.eventLoopUtilization();
  let written = 0;
  const client = async (name: number): Promise<void> => {
    for (let i = 0; performance.now() - started < PUT_RUN_MS; i++) {
      await store.put(`/registry/pods/bench-${clients}/client-${name}-${i}`, value, "absent");
      written++;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, name) => client(name)));
  const perSecond = (written * 1_000) / (performance.now() - started);
  const busy = performance.eventLoopUtilization(loop).utilization;
  return [
    { name: `durable 2 KB puts, ${clients} clients`, value: Math.round(perSecond), unit: "/s" },
    { name: `event loop while they ran`, value: Math.round(busy * 100), unit: "% busy" },
  ];
}

async function benchLarge(directory: string): Promise<Figure[]> {
  try {
    await fill(directory);
    const opening = performance.now();
    const store = await SqliteStore.open(directory);
    const openMs = performance.now() - opening;
    const listMs = timed(() => store.range("/registry/pods/ns-3/"));
    const pageMs = timed(() => store.range("/registry/pods/", { limit: 500 }));
    const at = store.revision - 1;
    const pastMs = timed(() => store.range("/registry/pods/ns-3/", { at }));
    const countMs = timed(() => store.count("/registry/pods/"));
    await store.close();
    return [
      { name: `open with ${OBJECTS} objects`, value: openMs, unit: "ms" },
      { name: "range of 10,000", value: listMs, unit: "ms" },
      { name: "range of 10,000 at a past revision", value: pastMs, unit: "ms" },
      { name: `range of 500 with the number remaining of ${OBJECTS}`, value: pageMs, unit: "ms" },
      { name: `count of ${OBJECTS}`, value: countMs, unit: "ms" },
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** 100,000 objects in ten namespaces, in an order that is not that of their keys. */
async function fill(directory: string): Promise<void> {
  const store = await SqliteStore.open(directory);
  const value = new Uint8Array(VALUE_BYTES).fill(0x61);
  const writes: Promise<unknown>[] = [];
  for (let i = 0; i < OBJECTS; i++) {
    const scattered = (i * 7_919) % OBJECTS;
    writes.push(store.put(`/registry/pods/ns-${scattered % 10}/pod-${scattered}`, value, "absent"));
  }
  await Promise.all(writes);
  await store.close();
}

/** The median time of some runs, in milliseconds. */
function timed(run: () => unknown): number {
  const times = Array.from({ length: RANGE_RUNS }, () => {
    const started = performance.now();
    run();
    return performance.now() - started;
  });
  return median(times);
}
