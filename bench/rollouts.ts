import { createCluster, Deployment, Service, type Cluster } from "knarr";
import { atMost, type Figure } from "./figure.ts";
import { Watchfulness } from "./watchfulness.ts";

const REPLICAS = 10_000;
const NODES = 100;
const PODS_PER_NODE = 150;
const WEB = { namespace: "default", name: "web" };
const STEP_MS = 100;
const LONGEST_MS = 300_000;

/**
 * A Deployment of 10,000 replicas behind a Service, on simulated nodes in this process and on real time: first from
 * nothing, then rolled to another image. Every pod takes a second to start and half a second to go.
 */
export async function benchRollouts(): Promise<Figure[]> {
  const capacity = { cpu: "64", memory: "256Gi", pods: String(PODS_PER_NODE) };
  await using cluster = await createCluster({ nodes: 0, simulatedNodes: NODES, capacity, clock: "real" });
  await cluster.client.create(Service, { metadata: WEB, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } });
  const created = await measured(cluster, () => cluster.apply(manifest("web:1")));
  const rolled = await measured(cluster, () => cluster.apply(manifest("web:2")));
  return [
    { name: `0 to ${REPLICAS} simulated replicas`, value: created.seconds, unit: "s", note: created.note },
    {
      name: `rollout of ${REPLICAS} simulated replicas`,
      value: rolled.seconds,
      unit: "s",
      note: rolled.note,
      goal: atMost(30, 15),
    },
  ];
}

async function measured(cluster: Cluster, begin: () => Promise<void>) {
  const watch = new Watchfulness();
  const started = performance.now();
  await begin();
  while (!(await isRolledOut(cluster))) {
    if (performance.now() - started > LONGEST_MS) throw new Error("the rollout does not come to an end");
    await cluster.clock.advance(STEP_MS);
  }
  return { seconds: (performance.now() - started) / 1_000, note: watch.end().note };
}

async function isRolledOut({ client }: Cluster): Promise<boolean> {
  const { metadata, spec, status } = await client.get(Deployment, WEB);
  const { replicas, updatedReplicas, availableReplicas, observedGeneration = 0 } = status;
  const isSeen = observedGeneration >= (metadata.generation ?? 0);
  return isSeen && [replicas, updatedReplicas, availableReplicas].every((count) => count === spec.replicas);
}

const manifest = (image: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${REPLICAS}
  selector: { matchLabels: { app: web } }
  template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "${image}" }] } }
`;
