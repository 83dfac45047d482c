import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { labelMapMatcher } from "#api/selectors/labels.ts";
import type { NodeInfo } from "./nodes/node_info.ts";
import { PodInfo } from "./nodes/pod_info.ts";
import { leastHarm } from "./preemption/candidate.ts";
import { planPreemption } from "./preemption/preemption.ts";
import { TestCluster, podWith, type NodeFacts, type SpecDraft } from "./testing.ts";

/** Small worlds, described in a few numbers, and what is allowed in them said once more, plainly and slowly. */

const ZONE = "topology.kubernetes.io/zone";
const HOST = "kubernetes.io/hostname";
const RUNS = { numRuns: 40, seed: 7 };

interface PodShape {
  readonly cpu: number;
  readonly app: number;
  readonly port: number;
  readonly wantsZone: number;
  readonly bears: boolean;
  readonly away: number;
  readonly near: number;
  readonly spread: boolean;
  readonly priority: number;
}
interface NodeShape {
  readonly cpu: number;
  readonly places: number;
  readonly zone: number;
  readonly isTainted: boolean;
}

const podShape: fc.Arbitrary<PodShape> = fc.record({
  cpu: fc.integer({ min: 0, max: 3 }),
  app: fc.integer({ min: 0, max: 2 }),
  port: fc.constantFrom(0, 0, 0, 80, 81),
  wantsZone: fc.constantFrom(0, 0, 1, 2),
  bears: fc.boolean(),
  away: fc.constantFrom(-1, -1, -1, 0, 1),
  near: fc.constantFrom(-1, -1, -1, -1, 0, 2),
  spread: fc.constantFrom(false, false, true),
  priority: fc.integer({ min: 0, max: 3 }),
});
const nodeShape: fc.Arbitrary<NodeShape> = fc.record({
  cpu: fc.integer({ min: 1, max: 6 }),
  places: fc.integer({ min: 1, max: 5 }),
  zone: fc.integer({ min: 1, max: 2 }),
  isTainted: fc.constantFrom(false, false, true),
});

const shapes = new Map<string, PodShape>();

function podOf(shape: PodShape): PodInfo {
  const { cpu, app, port, wantsZone, bears, away, near, spread, priority } = shape;
  const term = (of: number) => ({ labelSelector: { matchLabels: { app: `${of}` } }, topologyKey: HOST });
  const spec: SpecDraft = {
    priority,
    containers: [
      {
        name: "c",
        image: "i:1",
        resources: { requests: { cpu: `${cpu}` } },
        ...(port > 0 && { ports: [{ containerPort: 1, hostPort: port }] }),
      },
    ],
    ...(wantsZone > 0 && { nodeSelector: { [ZONE]: `${wantsZone}` } }),
    ...(bears && { tolerations: [{ operator: "Exists" }] }),
    affinity: {
      ...(away >= 0 && { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(away)] } }),
      ...(near >= 0 && { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(near)] } }),
    },
    ...(spread && {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: ZONE,
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: { matchLabels: { app: `${app}` } },
        },
      ],
    }),
  };
  const pod = new PodInfo(podWith(spec, { labels: { app: `${app}` } }));
  shapes.set(pod.uid, shape);
  return pod;
}

function clusterOf(nodes: readonly NodeShape[]): TestCluster {
  const facts = nodes.map(({ cpu, places, zone, isTainted }, at): [string, NodeFacts] => [
    `n${at}`,
    {
      labels: { [ZONE]: `${zone}` },
      allocatable: { cpu: `${cpu}`, pods: `${places}`, memory: "1Gi" },
      spec: isTainted ? { taints: [{ key: "t", effect: "NoSchedule" }] } : {},
    },
  ]);
  return new TestCluster(Object.fromEntries(facts));
}

const shapeOf = ({ uid }: PodInfo): PodShape => {
  const shape = shapes.get(uid);
  assert.ok(shape);
  return shape;
};

/** Whether a pod may stand on a node, looking at every pod there is. */
function isAllowed(
  shape: PodShape,
  info: NodeInfo,
  cluster: TestCluster,
  gone: ReadonlySet<PodInfo> = new Set(),
): boolean {
  const all = [...cluster.index.nodes.values()];
  const on = (at: NodeInfo) => [...at.pods.values()].filter((pod) => !gone.has(pod)).map(shapeOf);
  const here = on(info);
  const everywhere = all.flatMap(on);
  if (here.length >= info.podsMax) return false;
  if (shape.cpu > 0 && here.reduce((sum, { cpu }) => sum + cpu, shape.cpu) * 1_000 > info.allocatableCpu) return false;
  if (shape.port > 0 && here.some(({ port }) => port === shape.port)) return false;
  if (info.hardTaints.length > 0 && !shape.bears) return false;
  if (shape.wantsZone > 0 && info.labels[ZONE] !== `${shape.wantsZone}`) return false;
  if (shape.away >= 0 && here.some(({ app }) => app === shape.away)) return false;
  if (here.some(({ away }) => away === shape.app)) return false;
  if (shape.near >= 0 && !here.some(({ app }) => app === shape.near)) {
    const isFirst = shape.near === shape.app && !everywhere.some(({ app }) => app === shape.near);
    if (!isFirst) return false;
  }
  return !shape.spread || isEven(shape, info, all, on);
}

function isEven(shape: PodShape, info: NodeInfo, all: readonly NodeInfo[], on: (at: NodeInfo) => PodShape[]): boolean {
  const eligible = all.filter(({ labels }) => shape.wantsZone === 0 || labels[ZONE] === `${shape.wantsZone}`);
  const countIn = (zone: string | undefined) =>
    eligible
      .filter(({ labels }) => labels[ZONE] === zone)
      .flatMap(on)
      .filter(({ app }) => app === shape.app).length;
  const least = Math.min(...eligible.map(({ labels }) => countIn(labels[ZONE])));
  return countIn(info.labels[ZONE]) + 1 - least <= 1;
}

const worlds = {
  nodes: fc.array(nodeShape, { minLength: 1, maxLength: 5 }),
  pods: fc.array(podShape, { minLength: 1, maxLength: 20 }),
};

test("a pod is placed where it is allowed, and refused only where no node allows it", () => {
  fc.assert(
    fc.property(worlds.nodes, worlds.pods, (nodes, pods) => {
      const cluster = clusterOf(nodes);
      for (const shape of pods) {
        const pod = podOf(shape);
        const allowed = [...cluster.index.nodes.values()].filter((info) => isAllowed(shape, info, cluster));
        assert.deepEqual(cluster.search(pod).feasible, allowed.map(({ name }) => name).toSorted());
        const decision = cluster.decide(pod);
        if (decision.kind === "node") cluster.index.place(pod, decision.info.name);
      }
    }),
    RUNS,
  );
});

test("preemption evicts pods of lower priority only, and none whose going is not needed; it leaves no trace", () => {
  let planned = 0;
  fc.assert(
    fc.property(worlds.nodes, worlds.pods, podShape, (nodes, pods, shape) => {
      const cluster = clusterOf(nodes);
      for (const each of pods) {
        const pod = podOf(each);
        const decision = cluster.decide(pod);
        if (decision.kind === "node") cluster.index.place(pod, decision.info.name);
      }
      const preemptor = podOf({ ...shape, priority: 2 });
      const decision = cluster.decide(preemptor);
      if (decision.kind === "node") return;
      const before = accountOf(cluster);
      const { index, random } = cluster;
      const plan = planPreemption({ pod: preemptor, ...decision, index, random, budgets: [], expectedOn: undefined });
      assert.deepEqual(accountOf(cluster), before);
      if (plan.kind === "none") return;
      planned++;
      const best = leastHarm(plan.candidates);
      assert.ok(best);
      const { info, pods: victims } = best;
      assert.ok(victims.length > 0 && victims.every(({ priority }) => priority < 2));
      assert.ok(isAllowed(shape, info, cluster, new Set(victims)));
      for (const spared of victims) {
        const others = new Set(victims.filter((pod) => pod !== spared));
        // Sparing one may be possible only together with another: company it needs is no obstacle to others.
        if (shape.near < 0) assert.ok(!isAllowed(shape, info, cluster, others), `${spared.id} need not have gone`);
      }
    }),
    { numRuns: 100, seed: 7 },
  );
  assert.ok(planned > 5, `only ${planned} worlds had anybody to evict`);
});

/** What the index says of every node, and what its pods say. */
function accountOf({ index }: TestCluster) {
  return [...index.nodes.values()].map((info) => ({
    name: info.name,
    pods: [...info.pods.keys()].toSorted(),
    cpu: info.requestedCpu,
    memory: info.requestedMemory,
    scored: [info.scoredCpu, info.scoredMemory],
    ports: [80, 81].filter((port) => info.holdsPort([{ protocol: "TCP", address: "0.0.0.0", port }])),
  }));
}

test("sums are those of the pods, whatever comes, goes and moves", () => {
  const step = fc.record({
    pod: fc.nat(9),
    node: fc.nat(3),
    kind: fc.constantFrom("place", "remove", "node", "noNode"),
  });
  fc.assert(
    fc.property(
      fc.array(podShape, { minLength: 10, maxLength: 10 }),
      fc.array(step, { maxLength: 60 }),
      (drafts, steps) => {
        const pods = drafts.map(podOf);
        const cluster = clusterOf([]);
        const { index } = cluster;
        const where = new Map<PodInfo, string>();
        const sort = {
          key: "zero",
          namespaces: ["default"],
          selector: labelMapMatcher({ app: "0" }),
          matches: (pod: PodInfo) => shapeOf(pod).app === 0,
        };
        for (const { pod, node, kind } of steps) {
          const each = pods[pod];
          if (each === undefined) continue;
          if (kind === "place") {
            index.place(each, `n${node}`);
            where.set(each, `n${node}`);
          } else if (kind === "remove") {
            index.remove(each.uid);
            where.delete(each);
          } else if (kind === "node") cluster.setNode(`n${node}`, { labels: { [ZONE]: `${pod % 3}` } });
          else index.removeNode(`n${node}`);
          const zones = new Map<string, number>();
          for (const info of index.nodes.values()) {
            const here = [...where].filter(([, name]) => name === info.name).map(([placed]) => placed);
            assert.deepEqual(
              [...info.pods.values()].map(({ uid }) => uid).toSorted(),
              here.map(({ uid }) => uid).toSorted(),
            );
            assert.equal(
              info.requestedCpu,
              here.reduce((sum, { cpu }) => sum + cpu, 0),
            );
            const zone = info.labels[ZONE] ?? "";
            const ofSort = here.filter(sort.matches).length;
            if (ofSort > 0) zones.set(zone, (zones.get(zone) ?? 0) + ofSort);
          }
          assert.deepEqual(new Map([...index.count(sort).domains(ZONE)].toSorted()), new Map([...zones].toSorted()));
        }
      },
    ),
    RUNS,
  );
});
