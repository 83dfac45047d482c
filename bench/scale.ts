import { argv } from "node:process";
import { createCluster, type Cluster } from "knarr";
import { Deployment } from "knarr";
import { atMost, type Figure } from "./figure.ts";
import { Watchfulness } from "./watchfulness.ts";

/** `--small`: a fifth of everything, for a first look. */
const SHARE = argv.includes("--small") ? 5 : 1;
const NODES = 5_000 / SHARE;
const DEPLOYMENTS = 150 / SHARE;
const REPLICAS = 1_000;
const POLL_MS = 1_000;
const LONGEST_MS = 1_200_000;
/** Leases of 40 s renewed every 30 s, as large clusters do. */
const HEARTBEAT_MS = 30_000;

/** 5,000 simulated nodes filled with 150,000 pods, in this process, on real time. */
export async function benchScale(): Promise<Figure[]> {
  const watch = new Watchfulness();
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1_000;
  await using cluster = await createCluster({
    nodes: 0,
    simulatedNodes: NODES,
    heartbeatMs: HEARTBEAT_MS,
    clock: "real",
  });
  const nodesSeconds = seconds();
  await cluster.apply(Array.from({ length: DEPLOYMENTS }, (_, at) => manifest(`web-${at}`)).join("\n---\n"));
  const pods = DEPLOYMENTS * REPLICAS;
  while ((await available(cluster)) < pods) {
    if (seconds() * 1_000 > LONGEST_MS) throw new Error("the cluster is not filled");
    await cluster.clock.advance(POLL_MS);
  }
  const filledSeconds = seconds();
  const { rssMaxMb, note } = watch.end();
  const whole = SHARE === 1;
  return [
    { name: `${NODES} simulated nodes Ready`, value: nodesSeconds, unit: "s" },
    {
      name: `filled with ${pods} pods, all available`,
      value: filledSeconds,
      unit: "s",
      note,
      ...(whole && { goal: atMost(300, 150) }),
    },
    { name: "memory (RSS) at most", value: rssMaxMb, unit: "MB", ...(whole && { goal: atMost(1_500, 1_000) }) },
  ];
}

async function available({ client }: Cluster): Promise<number> {
  const { items } = await client.list(Deployment);
  return items.reduce((sum, { status }) => sum + (status.availableReplicas ?? 0), 0);
}

const manifest = (name: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: ${REPLICAS}
  selector: { matchLabels: { app: ${name} } }
  template: { metadata: { labels: { app: ${name} } }, spec: { containers: [{ name: web, image: "web:1" }] } }
`;
