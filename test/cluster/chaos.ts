import { seededRandom, type Random } from "#base/random.ts";
import { Deployment, EndpointSlice, Node, Pod, ReplicaSet, Service } from "knarr";
import { hashHistory } from "./history.ts";
import { imageOf, isReady, revisionOf, Story, WEB } from "./story.ts";

const NODES = 4;
const ACTIONS = 16;
const PAUSE_MS_MAX = 8_000;
const IMAGES = ["app:1", "app:2", "app:3", "app:4", "app:missing", "app:crashes"];
/** Where every run is led in the end, whatever happened before. */
const FINAL = { replicas: 6, image: "app:final" };

/** What came of one run. */
export interface Outcome {
  /** Of every write to the store, in order. */
  readonly history: string;
  /** What a person would see of the cluster at the end. */
  readonly state: unknown;
  /** What was done, with the virtual seconds since the start. */
  readonly actions: readonly string[];
}

/** Does `actions` things that `seed` decides to a cluster, then leads it to `FINAL` and lets it come to rest. */
export async function chaos(seed: number, actions = ACTIONS): Promise<Outcome> {
  await using story = await Story.begin({ nodes: NODES, seed });
  const history = hashHistory(story.cluster);
  const { clock, client } = story.cluster;
  const random = seededRandom(seed * 7_919 + 1);
  const startMs = clock.monotonic();
  const done: string[] = [];
  await client.create(Service, { metadata: WEB, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } });
  await story.deploy(5, "app:1");
  await clock.advance("5s");
  for (let step = 0; step < actions; step++) {
    const [name, act] = pick(random, ACTS);
    done.push(`${(clock.monotonic() - startMs) / 1_000} s: ${name} ${(await act(story, random)) ?? ""}`.trim());
    await clock.advance(random.below(PAUSE_MS_MAX));
  }
  await calm(story);
  return { history: history(), state: await stateOf(story), actions: done };
}

/** Repairs what was broken, asks for what every run ends in, and waits until nothing moves any more. */
async function calm(story: Story): Promise<void> {
  const { nodes, clock } = story.cluster;
  await Promise.all(nodes.map((node) => clock.during(node.start())));
  const { replicas, image } = FINAL;
  await story.change({ replicas, paused: false, template: { spec: { containers: [{ name: "web", image }] } } });
  await story.rolledOut("15m");
  // Taints are lifted, terminating pods end, events are written.
  await clock.advance("3m");
}

/** One thing done to a cluster; what it did it to. */
type Act = (story: Story, random: Random) => Promise<string | void>;

const ACTS: readonly (readonly [name: string, act: Act])[] = [
  [
    "scale to",
    async (story, random) => {
      const replicas = random.below(11);
      await story.change({ replicas });
      return String(replicas);
    },
  ],
  ["set image", setImage],
  ["set image", setImage],
  ["pause", (story) => story.change({ paused: true })],
  ["resume", (story) => story.change({ paused: false })],
  [
    "undo to",
    async (story, random) => {
      const sets = (await story.cluster.client.list(ReplicaSet, { namespace: "default" })).items;
      if (sets.length === 0) return "none";
      const target = pick(random, sets);
      const { "pod-template-hash": _, ...labels } = target.spec.template.metadata?.labels ?? {};
      const value = { ...target.spec.template, metadata: { labels } };
      const body = [{ op: "replace", path: "/spec/template", value }];
      await story.cluster.client.patch(Deployment, WEB, { type: "json", body });
      return `revision ${revisionOf(target)}`;
    },
  ],
  ["delete pod", (story, random) => deletePod(story, random, undefined)],
  ["delete pod at once", (story, random) => deletePod(story, random, 0)],
  [
    "delete ReplicaSet",
    async (story, random) => {
      const sets = (await story.cluster.client.list(ReplicaSet, { namespace: "default" })).items;
      if (sets.length === 0) return "none";
      const { metadata } = pick(random, sets);
      await story.cluster.client.delete(ReplicaSet, metadata, { propagationPolicy: "Background" });
      return metadata.name;
    },
  ],
  [
    "crash container of",
    async (story, random) => {
      const pods = await story.pods();
      if (pods.length === 0) return "none";
      const { metadata, spec } = pick(random, pods);
      const node = story.cluster.nodes.find(({ name }) => name === spec.nodeName);
      node?.runtime.container(metadata.uid, "web")?.exit(1);
      return metadata.name;
    },
  ],
  [
    "kill node",
    async (story, random) => {
      const node = pick(random, story.cluster.nodes);
      await node.kill();
      return node.name;
    },
  ],
  [
    "start node",
    async (story, random) => {
      const node = pick(random, story.cluster.nodes);
      await story.cluster.clock.during(node.start());
      return node.name;
    },
  ],
  [
    "restart agent of",
    async (story, random) => {
      const node = pick(random, story.cluster.nodes);
      await node.stop();
      await story.cluster.clock.advance(random.below(60_000));
      await story.cluster.clock.during(node.start());
      return node.name;
    },
  ],
  [
    "wait for",
    async (story, random) => {
      const waitMs = random.below(600_000);
      await story.cluster.clock.advance(waitMs);
      return `${waitMs} ms`;
    },
  ],
];

async function setImage(story: Story, random: Random): Promise<string> {
  const image = pick(random, IMAGES);
  await story.setImage(image);
  return image;
}

async function deletePod(story: Story, random: Random, gracePeriodSeconds: number | undefined): Promise<string> {
  const pods = await story.pods();
  if (pods.length === 0) return "none";
  const { metadata } = pick(random, pods);
  await story.cluster.client.delete(Pod, metadata, { gracePeriodSeconds });
  return metadata.name;
}

function pick<T>(random: Random, from: readonly T[]): T {
  const picked = from[random.below(from.length)];
  if (picked === undefined) throw new RangeError("nothing to pick from");
  return picked;
}

/** The cluster's state without what chance decides: names, times, and how often what was done. */
async function stateOf(story: Story): Promise<unknown> {
  const { client, nodes } = story.cluster;
  const { metadata, spec, status } = await story.deployment();
  const pods = await story.pods();
  const sets = (await client.list(ReplicaSet, { namespace: "default" })).items;
  const slices = (await client.list(EndpointSlice, { labelSelector: "kubernetes.io/service-name=web" })).items;
  const endpoints = slices.flatMap((slice) => slice.endpoints ?? []);
  const containers = await Promise.all(nodes.map((node) => node.runtime.listContainers()));
  const { replicas, updatedReplicas, readyReplicas, availableReplicas, unavailableReplicas } = status;
  return {
    wanted: [spec.replicas, spec.template.spec.containers[0]?.image, spec.paused ?? false],
    status: { replicas, updatedReplicas, readyReplicas, availableReplicas, unavailableReplicas },
    isObserved: status.observedGeneration === metadata.generation,
    conditions: status.conditions?.map((each) => `${each.type} ${each.status} ${each.reason}`).toSorted(),
    sets: sets
      .filter((rs) => rs.spec.replicas > 0)
      .map((rs) => `${rs.spec.template.spec.containers[0]?.image} ${rs.status.availableReplicas}`),
    pods: pods.map(
      (pod) => `${imageOf(pod)} ${pod.status.phase} ${isReady(pod)} ${pod.metadata.deletionTimestamp ?? ""}`,
    ),
    endpointsMatch:
      JSON.stringify(endpoints.flatMap((each) => (each.conditions?.ready ? each.addresses : [])).toSorted()) ===
      JSON.stringify(pods.map((pod) => pod.status.podIP).toSorted()),
    running: containers.flat().filter(({ state }) => state === "RUNNING").length,
    taints: await taints(story),
  };
}

async function taints(story: Story): Promise<string[]> {
  return (await story.cluster.client.list(Node)).items.flatMap(({ spec }) => (spec.taints ?? []).map(({ key }) => key));
}
