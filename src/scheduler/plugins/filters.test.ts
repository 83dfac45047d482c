import assert from "node:assert/strict";
import { test } from "node:test";
import { fitMessage } from "../diagnosis.ts";
import { TestCluster, asking, podInfo, type NodeFacts, type SpecDraft } from "../testing.ts";

const cordoned: NodeFacts = { spec: { unschedulable: true } };
const tainted = (effect: string): NodeFacts => ({ spec: { taints: [{ key: "dedicated", value: "db", effect }] } });
const port = (hostPort: number, hostIP?: string, protocol = "TCP"): SpecDraft => ({
  containers: [
    { name: "c", image: "i:1", ports: [{ containerPort: 80, hostPort, protocol, ...(hostIP && { hostIP }) }] },
  ],
});
const onNode = (name: string): SpecDraft => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: [name] }] }],
      },
    },
  },
});
const expression = (key: string, operator: string, values?: string[]): SpecDraft => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key, operator, ...(values && { values }) }] }],
      },
    },
  },
});
const full = (pods: number): NodeFacts => ({ allocatable: { cpu: "2", memory: "4Gi", pods: String(pods) } });

interface Case {
  readonly name: string;
  readonly pod: SpecDraft;
  readonly nodes: Record<string, NodeFacts>;
  /** The nodes that will do, or why none does. */
  readonly on?: string;
  readonly why?: string;
}

const cases: readonly Case[] = [
  { name: "takes the only node", pod: {}, nodes: { a: {} }, on: "a" },
  { name: "cpu: more than there is", pod: asking({ cpu: "3" }), nodes: { a: {} }, why: "1 Insufficient cpu." },
  {
    name: "cpu: exactly what is left",
    pod: asking({ cpu: "500m" }),
    nodes: { a: { pods: [podInfo(asking({ cpu: "1500m" }))] } },
    on: "a",
  },
  {
    name: "cpu: one milli too much",
    pod: asking({ cpu: "501m" }),
    nodes: { a: { pods: [podInfo(asking({ cpu: "1500m" }))] } },
    why: "1 Insufficient cpu.",
  },
  {
    name: "names every resource that is short, on each node",
    pod: asking({ cpu: "3", memory: "8Gi", "ephemeral-storage": "1Gi", "example.com/gpu": "1" }),
    nodes: { a: {}, b: { allocatable: { cpu: "8", memory: "4Gi", pods: "10", "ephemeral-storage": "1Gi" } } },
    why: "1 Insufficient cpu, 1 Insufficient ephemeral-storage, 2 Insufficient example.com/gpu, 2 Insufficient memory.",
  },
  {
    name: "a resource nobody has, asked for in no amount",
    pod: asking({ "example.com/gpu": "0" }),
    nodes: { a: {} },
    on: "a",
  },
  { name: "places: none left", pod: {}, nodes: { a: { ...full(1), pods: [podInfo()] } }, why: "1 Too many pods." },
  { name: "cordoned", pod: {}, nodes: { a: cordoned, b: {} }, on: "b" },
  {
    name: "cordoned, which the pod bears",
    pod: { tolerations: [{ key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" }] },
    nodes: { a: cordoned },
    on: "a",
  },
  {
    name: "taint: NoSchedule",
    pod: {},
    nodes: { a: tainted("NoSchedule") },
    why: "1 node(s) had untolerated taint(s).",
  },
  { name: "taint: NoExecute", pod: {}, nodes: { a: tainted("NoExecute") }, why: "1 node(s) had untolerated taint(s)." },
  { name: "taint: PreferNoSchedule keeps nobody away", pod: {}, nodes: { a: tainted("PreferNoSchedule") }, on: "a" },
  {
    name: "taint: borne by value",
    pod: { tolerations: [{ key: "dedicated", operator: "Equal", value: "db", effect: "NoSchedule" }] },
    nodes: { a: tainted("NoSchedule") },
    on: "a",
  },
  {
    name: "taint: another value is not borne",
    pod: { tolerations: [{ key: "dedicated", operator: "Equal", value: "web", effect: "NoSchedule" }] },
    nodes: { a: tainted("NoSchedule") },
    why: "1 node(s) had untolerated taint(s).",
  },
  {
    name: "taint: everything is borne",
    pod: { tolerations: [{ operator: "Exists" }] },
    nodes: { a: tainted("NoExecute") },
    on: "a",
  },
  {
    name: "node selector",
    pod: { nodeSelector: { disk: "ssd" } },
    nodes: { a: { labels: { disk: "hdd" } }, b: { labels: { disk: "ssd" } } },
    on: "b",
  },
  {
    name: "affinity: In",
    pod: expression("disk", "In", ["ssd", "nvme"]),
    nodes: { a: {}, b: { labels: { disk: "nvme" } } },
    on: "b",
  },
  {
    name: "affinity: NotIn takes nodes without the label",
    pod: expression("disk", "NotIn", ["hdd"]),
    nodes: { a: { labels: { disk: "hdd" } }, b: {} },
    on: "b",
  },
  {
    name: "affinity: Exists",
    pod: expression("disk", "Exists"),
    nodes: { a: {}, b: { labels: { disk: "" } } },
    on: "b",
  },
  {
    name: "affinity: DoesNotExist",
    pod: expression("disk", "DoesNotExist"),
    nodes: { a: { labels: { disk: "" } }, b: {} },
    on: "b",
  },
  {
    name: "affinity: Gt",
    pod: expression("cores", "Gt", ["4"]),
    nodes: { a: { labels: { cores: "4" } }, b: { labels: { cores: "8" } } },
    on: "b",
  },
  {
    name: "affinity: Lt",
    pod: expression("cores", "Lt", ["8"]),
    nodes: { a: { labels: { cores: "8" } }, b: { labels: { cores: "4" } } },
    on: "b",
  },
  {
    name: "affinity: a pod for one node looks at no other",
    pod: { ...onNode("a"), ...asking({ cpu: "3" }) },
    nodes: { a: {}, b: {}, c: {} },
    why: "1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity].",
  },
  { name: "affinity: the node it names", pod: onNode("b"), nodes: { a: {}, b: {} }, on: "b" },
  { name: "ports: taken", pod: port(80), nodes: { a: { pods: [podInfo(port(80))] }, b: {} }, on: "b" },
  {
    name: "ports: taken everywhere",
    pod: port(80),
    nodes: { a: { pods: [podInfo(port(80))] } },
    why: "1 node(s) didn't have free ports for the requested pod ports.",
  },
  {
    name: "ports: another address",
    pod: port(80, "127.0.0.2"),
    nodes: { a: { pods: [podInfo(port(80, "127.0.0.1"))] } },
    on: "a",
  },
  {
    name: "ports: another protocol",
    pod: port(80, undefined, "UDP"),
    nodes: { a: { pods: [podInfo(port(80))] } },
    on: "a",
  },
  {
    name: "ports: 0.0.0.0 is every address",
    pod: port(80, "127.0.0.1"),
    nodes: { a: { pods: [podInfo(port(80, "0.0.0.0"))] } },
    why: "1 node(s) didn't have free ports for the requested pod ports.",
  },
  {
    name: "gives the reason of each node, in the order of the texts",
    pod: { nodeSelector: { disk: "ssd" } },
    nodes: { a: cordoned, b: {}, c: tainted("NoSchedule") },
    why: "1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable.",
  },
];

for (const { name, pod, nodes, on, why } of cases) {
  test(`filters: ${name}`, () => {
    const decision = new TestCluster(nodes).decide(podInfo(pod));
    if (on !== undefined) assert.equal(decision.kind === "node" && decision.info.name, on);
    else {
      const expected = `0/${Object.keys(nodes).length} nodes are available: ${why}`;
      assert.equal(decision.kind === "none" && fitMessage(decision.diagnosis, ""), expected);
    }
  });
}
