import { Deployment, createCluster } from "knarr";
import { atMost, median, type Figure } from "./figure.ts";

const STARTS = 15;
const WEB = { namespace: "default", name: "web" };

/** A cluster in process, all controllers, to Ready. */
const READY_MS = atMost(150, 50);

/** Measures the library: a cluster from nothing to Ready, and how fast virtual time passes in one. */
export async function benchCreateCluster(): Promise<Figure[]> {
  const startsMs: number[] = [];
  for (let run = 0; run < STARTS; run++) startsMs.push(await startMs());
  return [
    { name: "createCluster() to Ready, first in its process", value: startsMs[0] ?? 0, unit: "ms", goal: READY_MS },
    { name: "createCluster() to Ready, later ones", value: median(startsMs.slice(1)), unit: "ms", goal: READY_MS },
    ...(await benchTime()),
  ];
}

async function startMs(): Promise<number> {
  const started = performance.now();
  const cluster = await createCluster();
  const tookMs = performance.now() - started;
  await cluster.stop();
  return tookMs;
}

/** A rollout of 20 replicas, then an hour in which nothing is asked for. */
async function benchTime(): Promise<Figure[]> {
  await using cluster = await createCluster({ nodes: 3 });
  const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "web:1" }] } };
  const started = performance.now();
  await cluster.client.create(Deployment, {
    metadata: WEB,
    spec: { replicas: 20, selector: { matchLabels: { app: "web" } }, template },
  });
  await cluster.until(async () => (await cluster.client.get(Deployment, WEB)).status.availableReplicas === 20);
  const rolledMs = performance.now() - started;
  const idle = performance.now();
  await cluster.clock.advance("1h");
  const hourMs = performance.now() - idle;
  return [
    { name: "20 simulated replicas available", value: rolledMs, unit: "ms" },
    { name: "an hour of virtual time, 3 nodes, 20 pods", value: hourMs, unit: "ms" },
  ];
}
