import { seededRandom, type Random } from "#base/random.ts";
import { Job } from "#api/batch/job.ts";
import { DaemonSet, Deployment, isApiError, Pod, ReplicaSet, StatefulSet, type Cluster, type Faults } from "knarr";
import { Bounds } from "./bounds.ts";
import { hashHistory } from "./history.ts";
import { differences, finalState } from "./final_state.ts";
import { WORKLOADS } from "./manifests.ts";
import { isReady, Story } from "./story.ts";

const NODES = 3;
const ACTIONS = 10;
const PAUSE_MS_MAX = 6_000;
const IMAGES = ["app:1", "app:2", "app:3"];
const FINAL = "app:final";
const DISRUPTED_MIN = 2;
/** How long a cluster that was led to its end may take to come to rest. */
const CALM_STEPS = 30;

const MANIFESTS = `
${WORKLOADS}
---
apiVersion: batch/v1
kind: Job
metadata: { name: sum }
spec:
  completions: 6
  parallelism: 2
  backoffLimit: 1000
  template: { metadata: { labels: { app: sum } }, spec: { restartPolicy: Never, containers: [{ name: c, image: "app:1" }] } }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { minAvailable: ${DISRUPTED_MIN}, selector: { matchLabels: { app: web } } }
`;

/** What came of one run. */
export interface Outcome {
  /** Of every write to the store, in order. */
  readonly history: string;
  readonly state: readonly string[];
  /** What was done, with the virtual seconds since the start. */
  readonly actions: readonly string[];
  /** Bounds that did not hold at some moment. */
  readonly broken: readonly string[];
}

/**
 * Does `actions` things that `seed` decides to a cluster of every kind of workload, then repairs what was broken, asks
 * for what every run ends in, and lets it come to rest.
 *
 * @param calmState What it should come to; waiting ends when it has.
 */
export async function storm(seed: number, calmState?: readonly string[], actions = ACTIONS): Promise<Outcome> {
  await using story = await Story.begin({ nodes: 0, simulatedNodes: NODES, seed, heartbeatMs: 15_000 });
  story.mayComplain = true;
  const { cluster } = story;
  const history = hashHistory(cluster);
  const random = seededRandom(seed * 7_919 + 1);
  const bounds = new Bounds(cluster);
  const done: string[] = [];
  await cluster.apply(MANIFESTS);
  await cluster.clock.advance("4s");
  for (let step = 0; step < actions; step++) {
    const [name, act] = pick(random, ACTS);
    const atMs = cluster.clock.monotonic();
    done.push(`${atMs / 1_000} s: ${name} ${(await act(cluster, random, bounds)) ?? ""}`.trim());
    await cluster.clock.advance(random.below(PAUSE_MS_MAX));
  }
  const state = await calm(cluster, calmState);
  bounds.close();
  return { history: history(), state, actions: done, broken: bounds.broken };
}

/** Repairs what was broken, asks for the end, and waits for it. */
async function calm(cluster: Cluster, expected: readonly string[] | undefined): Promise<readonly string[]> {
  const { clock, simulatedNodes } = cluster;
  cluster.faults = undefined;
  for (const node of simulatedNodes) {
    await clock.during(node.heal());
    await clock.during(node.start());
  }
  const template = { spec: { containers: [{ name: "c", image: FINAL }] } };
  await change(cluster, Deployment, { replicas: 3, paused: false, template });
  await change(cluster, StatefulSet, { replicas: 3, template });
  await change(cluster, DaemonSet, { template });
  await change(cluster, Job, { suspend: false });
  let state: readonly string[] = [];
  for (let step = 0; step < CALM_STEPS; step++) {
    await clock.advance("30s");
    state = stateOf(cluster);
    const isCalm = expected === undefined ? step >= 5 : differences(state, expected).length === 0;
    if (isCalm) return state;
  }
  return state;
}

/** Depends on what was done on the way: counts of restarts and failures, revisions, and why a node's pods failed. */
const PATH_DEPENDENT = new Set([
  "restartCount",
  "lastState",
  "annotations",
  "failed",
  "reason",
  "message",
  "terminatingReplicas",
  "collisionCount",
  "pod-template-generation",
]);

/** A Job that was suspended once says so for ever. */
const WAS_SUSPENDED = /,?\{"status":"False","type":"Suspended"\}/;

/** What there is, without what only tells of the way: revisions not in use, pods whose work is over. */
function stateOf(cluster: Cluster): readonly string[] {
  return finalState(cluster, PATH_DEPENDENT)
    .filter((line) => !/^(ReplicaSet .*"replicas":0,|ControllerRevision |Pod default\/sum)/.test(line))
    .map((line) => line.replace(WAS_SUSPENDED, ""));
}

/** One thing done to a cluster; what it did it to. */
type Act = (cluster: Cluster, random: Random, bounds: Bounds) => Promise<string | void>;

const NAMES = new Map<unknown, string>([
  [Deployment, "web"],
  [StatefulSet, "db"],
  [DaemonSet, "agent"],
  [Job, "sum"],
]);

type Workload = typeof Deployment | typeof StatefulSet | typeof DaemonSet | typeof Job;

async function change({ client }: Cluster, kind: Workload, spec: object): Promise<void> {
  const ref = { namespace: "default", name: NAMES.get(kind) ?? "" };
  await client.patch(kind, ref, { type: "strategic", body: { spec } });
}

const setImage =
  (kind: Workload): Act =>
  async (cluster, random) => {
    const image = pick(random, IMAGES);
    await change(cluster, kind, { template: { spec: { containers: [{ name: "c", image }] } } });
    return image;
  };

const scale =
  (kind: Workload): Act =>
  async (cluster, random) => {
    const replicas = random.below(7);
    await change(cluster, kind, { replicas });
    return String(replicas);
  };

/** A second in which every other write of controllers and nodes loses its reply, or is refused. */
const badConnection =
  (fault: "loseReply" | "refuse"): Act =>
  async (cluster, random) => {
    const faults: Faults = { write: () => (random.below(2) === 0 ? fault : undefined) };
    cluster.faults = faults;
    await cluster.clock.advance("1s");
    cluster.faults = undefined;
  };

const ACTS: readonly (readonly [name: string, act: Act])[] = [
  ["scale Deployment to", scale(Deployment)],
  ["scale StatefulSet to", scale(StatefulSet)],
  ["set image of Deployment to", setImage(Deployment)],
  ["set image of Deployment to", setImage(Deployment)],
  ["set image of StatefulSet to", setImage(StatefulSet)],
  ["set image of DaemonSet to", setImage(DaemonSet)],
  ["pause", (cluster) => change(cluster, Deployment, { paused: true })],
  ["resume", (cluster) => change(cluster, Deployment, { paused: false })],
  ["suspend Job", (cluster) => change(cluster, Job, { suspend: true })],
  ["resume Job", (cluster) => change(cluster, Job, { suspend: false })],
  ["undo to", undo],
  ["delete pod", (cluster, random) => deletePod(cluster, random, undefined)],
  ["delete pod at once", (cluster, random) => deletePod(cluster, random, 0)],
  ["evict", evict],
  ["cut the power of", async ({ simulatedNodes }, random) => atNode(simulatedNodes, random, (node) => node.kill())],
  [
    "cut the network of",
    async ({ simulatedNodes }, random) => atNode(simulatedNodes, random, (node) => node.partition()),
  ],
  [
    "mend the network of",
    async ({ clock, simulatedNodes }, random) => atNode(simulatedNodes, random, (node) => clock.during(node.heal())),
  ],
  [
    "turn on",
    async ({ clock, simulatedNodes }, random) => atNode(simulatedNodes, random, (node) => clock.during(node.start())),
  ],
  ["kill controllers and scheduler", async (cluster) => cluster.killManagers()],
  ["lose replies", badConnection("loseReply")],
  ["refuse connections", badConnection("refuse")],
  [
    "wait for",
    async ({ clock }, random) => {
      const waitMs = random.below(60_000);
      await clock.advance(waitMs);
      return `${waitMs} ms`;
    },
  ],
];

type Nodes = Cluster["simulatedNodes"];

async function atNode(nodes: Nodes, random: Random, act: (node: Nodes[number]) => unknown): Promise<string> {
  const node = pick(random, nodes);
  await act(node);
  return node.name;
}

async function undo({ client }: Cluster, random: Random): Promise<string> {
  const sets = (await client.list(ReplicaSet, { namespace: "default" })).items;
  if (sets.length === 0) return "none";
  const target = pick(random, sets);
  const { "pod-template-hash": _, ...labels } = target.spec.template.metadata?.labels ?? {};
  const body = [{ op: "replace", path: "/spec/template", value: { ...target.spec.template, metadata: { labels } } }];
  await client.patch(Deployment, { namespace: "default", name: "web" }, { type: "json", body });
  return target.metadata.name;
}

async function deletePod({ client }: Cluster, random: Random, gracePeriodSeconds: number | undefined): Promise<string> {
  const pods = (await client.list(Pod, { namespace: "default" })).items;
  // Deleted by force, a pod of a StatefulSet may live on: the API's documentation warns of it.
  const candidates = gracePeriodSeconds === 0 ? pods.filter(({ metadata }) => metadata.labels?.["app"] !== "db") : pods;
  if (candidates.length === 0) return "none";
  const { metadata } = pick(random, candidates);
  await client.delete(Pod, metadata, { gracePeriodSeconds });
  return metadata.name;
}

/** Evicts a pod of the Deployment, if its budget lets it: then enough must be left. */
async function evict({ client }: Cluster, random: Random, bounds: Bounds): Promise<string> {
  const pods = (await client.list(Pod, { namespace: "default", labelSelector: "app=web" })).items;
  if (pods.length === 0) return "none";
  const { metadata, status } = pick(random, pods);
  const { name, namespace } = metadata;
  const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
  try {
    await client.createSubresource(Pod, metadata, "eviction", eviction);
  } catch (error) {
    if (isApiError(error, "TooManyRequests")) return `${name}: refused`;
    throw error;
  }
  const healthy = pods.filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined);
  const left = healthy.filter((pod) => pod.metadata.name !== name).length;
  const wasHealthy = isReady({ metadata, status } as Pod) && metadata.deletionTimestamp === undefined;
  if (wasHealthy && left < DISRUPTED_MIN) bounds.broken.push(`${name} was evicted and left ${left} of its budget`);
  return name;
}

function pick<T>(random: Random, from: readonly T[]): T {
  const picked = from[random.below(from.length)];
  if (picked === undefined) throw new RangeError("nothing to pick from");
  return picked;
}
