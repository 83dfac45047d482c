import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "#base/random.ts";
import { Node, type NodeDraft } from "#api/core/node.ts";
import { Pod, type PodDraft } from "#api/core/pod.ts";
import { decode } from "#api/codec/decode.ts";
import { documentOf } from "#api/codec/document.ts";
import { applyDefaults } from "#api/defaults.ts";
import { NodeInfo } from "./node_info.ts";
import { placePod } from "./placement.ts";

let uid = 0;

function pod(spec: Partial<NonNullable<PodDraft["spec"]>> = {}, labels: Record<string, string> = {}): Pod {
  const draft: PodDraft = {
    metadata: { name: "p", namespace: "default", uid: `pod-${uid++}`, labels },
    spec: { containers: [{ name: "c", image: "i:1" }], ...spec },
  };
  const { object } = decode(Pod, documentOf(draft), "Strict");
  applyDefaults(Pod, object);
  return object;
}

function node(name: string, draft: Partial<NodeDraft> = {}, pods: readonly Pod[] = []): NodeInfo {
  const whole: NodeDraft = {
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...draft.metadata?.labels } },
    spec: draft.spec,
    status: { allocatable: { cpu: "2", memory: "4Gi", pods: "110" }, ...draft.status },
  };
  const info = new NodeInfo(decode(Node, documentOf(whole), "Strict").object);
  for (const each of pods) info.add(each);
  return info;
}

const cpu = (amount: string) => ({
  containers: [{ name: "c", image: "i:1", resources: { requests: { cpu: amount } } }],
});
const hostPort = { containers: [{ name: "c", image: "i:1", ports: [{ containerPort: 80, hostPort: 80 }] }] };
const apart = {
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: { app: "a" } }, topologyKey: "kubernetes.io/hostname" },
      ],
    },
  },
};
const evenly = {
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: { matchLabels: { app: "a" } },
    },
  ],
};
const cordoned = { spec: { unschedulable: true } };
const tainted = { spec: { taints: [{ key: "dedicated", value: "db", effect: "NoSchedule" }] } };

/** `on`: the node chosen; `why`: the reasons before "preemption". */
const cases: readonly { name: string; pod: Pod; nodes: NodeInfo[]; on?: string; why?: string }[] = [
  { name: "takes the only node", pod: pod(), nodes: [node("a")], on: "a" },
  { name: "has nowhere to go without nodes", pod: pod(), nodes: [], why: "no nodes available to schedule pods" },
  {
    name: "refuses what does not fit",
    pod: pod(cpu("3")),
    nodes: [node("a")],
    why: "0/1 nodes are available: 1 Insufficient cpu.",
  },
  {
    name: "counts what stands there already",
    pod: pod(cpu("1500m")),
    nodes: [node("a", {}, [pod(cpu("1"))])],
    why: "0/1 nodes are available: 1 Insufficient cpu.",
  },
  { name: "avoids a cordoned node", pod: pod(), nodes: [node("a", cordoned), node("b")], on: "b" },
  {
    name: "names the reason of each node",
    pod: pod({ nodeSelector: { disk: "ssd" } }),
    nodes: [node("a", cordoned), node("b"), node("c", tainted)],
    why: "0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable.",
  },
  {
    name: "goes where it tolerates the taint",
    pod: pod({ tolerations: [{ key: "dedicated", operator: "Equal", value: "db", effect: "NoSchedule" }] }),
    nodes: [node("a", tainted)],
    on: "a",
  },
  {
    name: "follows its node selector",
    pod: pod({ nodeSelector: { disk: "ssd" } }),
    nodes: [node("a"), node("b", { metadata: { labels: { disk: "ssd" } } })],
    on: "b",
  },
  {
    name: "does not share a host port",
    pod: pod(hostPort),
    nodes: [node("a", {}, [pod(hostPort)])],
    why: "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
  },
  {
    name: "stops at the node's pod limit",
    pod: pod(),
    nodes: [node("a", { status: { allocatable: { cpu: "2", memory: "4Gi", pods: "1" } } }, [pod()])],
    why: "0/1 nodes are available: 1 Too many pods.",
  },
  {
    name: "keeps apart from its like",
    pod: pod(apart, { app: "a" }),
    nodes: [node("a", {}, [pod({}, { app: "a" })]), node("b")],
    on: "b",
  },
  {
    name: "spreads within the skew",
    pod: pod(evenly, { app: "a" }),
    nodes: [node("a", {}, [pod({}, { app: "a" })]), node("b")],
    on: "b",
  },
  {
    name: "prefers the emptier node",
    pod: pod(cpu("100m")),
    nodes: [node("a", {}, [pod(cpu("1"))]), node("b")],
    on: "b",
  },
];

for (const c of cases) {
  test(`placePod() ${c.name}`, () => {
    const placement = placePod(c.pod, c.nodes, () => ({}), seededRandom(1));
    if (c.on !== undefined) assert.deepEqual(placement, { kind: "node", name: c.on });
    else assert.equal(placement.kind === "none" && placement.message.replace(/ preemption:.*$/, ""), c.why);
  });
}

test("placePod() says why preemption would not help", () => {
  const placement = placePod(pod(cpu("3")), [node("a"), node("b", cordoned)], () => ({}), seededRandom(1));
  assert.equal(
    placement.kind === "none" && placement.message,
    "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
  );
});
