import assert from "node:assert/strict";
import { test } from "node:test";
import { PodInfo } from "../nodes/pod_info.ts";
import { changedParts, type ClusterEvent } from "../queue/cluster_event.ts";
import {
  TestCluster,
  asking,
  nodeWith,
  pluginsWith,
  podInfo,
  podWith,
  type NodeFacts,
  type SpecDraft,
} from "../testing.ts";

const nodeAdded = (facts: NodeFacts = {}): ClusterEvent => ({ kind: "nodeAdded", node: nodeWith("n", facts) });
function nodeChanged(before: NodeFacts, after: NodeFacts): ClusterEvent {
  const [previous, node] = [nodeWith("n", before), nodeWith("n", after)];
  return { kind: "nodeChanged", node, previous, parts: changedParts(node, previous) };
}
const podGone = (pod: PodInfo = podInfo()): ClusterEvent => ({ kind: "podGone", pod });
const podPlaced = (pod: PodInfo): ClusterEvent => ({ kind: "podPlaced", pod });
const podChanged = (previous: PodInfo, pod: PodInfo): ClusterEvent => ({ kind: "podChanged", previous, pod });
const storage = (name: string): ClusterEvent => ({ kind: "storageChanged", what: "claim", namespace: "default", name });

const sized = (cpu: string): NodeFacts => ({ allocatable: { cpu, memory: "4Gi", pods: "10" } });
const tainted: NodeFacts = { spec: { taints: [{ key: "x", effect: "NoSchedule" }] } };
const port: SpecDraft = { containers: [{ name: "c", image: "i", ports: [{ containerPort: 1, hostPort: 80 }] }] };
const term = { labelSelector: { matchLabels: { app: "a" } }, topologyKey: "kubernetes.io/hostname" };
const near: SpecDraft = { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };
const away: SpecDraft = { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };
const spread: SpecDraft = {
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: { matchLabels: { app: "a" } },
    },
  ],
};
const claim: SpecDraft = { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }] };
const a = () => podInfo({}, { app: "a" });
const b = () => podInfo({}, { app: "b" });

interface Case {
  readonly name: string;
  readonly plugin: string;
  readonly pod: PodInfo;
  readonly event: ClusterEvent;
  readonly helps: boolean;
}

const FIT = "NodeResourcesFit";
const big = podInfo(asking({ cpu: "3" }));

const cases: readonly Case[] = [
  { name: "a pod that goes", plugin: FIT, pod: big, event: podGone(), helps: true },
  { name: "a pod that comes", plugin: FIT, pod: big, event: podPlaced(a()), helps: false },
  { name: "a node that is large enough", plugin: FIT, pod: big, event: nodeAdded(sized("4")), helps: true },
  { name: "a node that is too small", plugin: FIT, pod: big, event: nodeAdded(sized("2")), helps: false },
  { name: "a node that grew", plugin: FIT, pod: big, event: nodeChanged(sized("3"), sized("4")), helps: true },
  {
    name: "a node that grew, not enough",
    plugin: FIT,
    pod: big,
    event: nodeChanged(sized("1"), sized("2")),
    helps: false,
  },
  { name: "a node that shrank", plugin: FIT, pod: big, event: nodeChanged(sized("8"), sized("4")), helps: false },
  { name: "a heartbeat", plugin: FIT, pod: big, event: nodeChanged(sized("4"), sized("4")), helps: false },
  {
    name: "a pod that asks for less than before",
    plugin: FIT,
    pod: big,
    event: podChanged(podInfo(asking({ cpu: "2" })), podInfo(asking({ cpu: "1" }))),
    helps: true,
  },
  {
    name: "a node without the taint",
    plugin: "TaintToleration",
    pod: a(),
    event: nodeChanged(tainted, {}),
    helps: true,
  },
  { name: "a node with the taint", plugin: "TaintToleration", pod: a(), event: nodeAdded(tainted), helps: false },
  { name: "a pod that goes", plugin: "TaintToleration", pod: a(), event: podGone(), helps: false },
  {
    name: "a node that is no longer cordoned",
    plugin: "NodeUnschedulable",
    pod: a(),
    event: nodeChanged({ spec: { unschedulable: true } }, {}),
    helps: true,
  },
  {
    name: "a node that was relabelled to match",
    plugin: "NodeAffinity",
    pod: podInfo({ nodeSelector: { disk: "ssd" } }),
    event: nodeChanged({}, { labels: { disk: "ssd" } }),
    helps: true,
  },
  {
    name: "a node that matched before",
    plugin: "NodeAffinity",
    pod: podInfo({ nodeSelector: { disk: "ssd" } }),
    event: nodeChanged({ labels: { disk: "ssd" } }, { labels: { disk: "ssd", more: "" } }),
    helps: false,
  },
  {
    name: "a pod that frees the port",
    plugin: "NodePorts",
    pod: podInfo(port),
    event: podGone(podInfo(port)),
    helps: true,
  },
  { name: "a pod that had no port", plugin: "NodePorts", pod: podInfo(port), event: podGone(), helps: false },
  { name: "company", plugin: "InterPodAffinity", pod: podInfo(near), event: podPlaced(a()), helps: true },
  { name: "other company", plugin: "InterPodAffinity", pod: podInfo(near), event: podPlaced(b()), helps: false },
  { name: "who was in the way goes", plugin: "InterPodAffinity", pod: podInfo(away), event: podGone(a()), helps: true },
  { name: "somebody else goes", plugin: "InterPodAffinity", pod: podInfo(away), event: podGone(b()), helps: false },
  {
    name: "who did not want it near goes",
    plugin: "InterPodAffinity",
    pod: a(),
    event: podGone(podInfo(away, { app: "x" })),
    helps: true,
  },
  {
    name: "who was in the way is relabelled",
    plugin: "InterPodAffinity",
    pod: podInfo(away),
    event: podChanged(a(), b()),
    helps: true,
  },
  {
    name: "one of its like comes",
    plugin: "PodTopologySpread",
    pod: podInfo(spread),
    event: podPlaced(a()),
    helps: true,
  },
  { name: "another comes", plugin: "PodTopologySpread", pod: podInfo(spread), event: podPlaced(b()), helps: false },
  {
    name: "one of another namespace comes",
    plugin: "PodTopologySpread",
    pod: podInfo(spread),
    event: podPlaced(new PodInfo(podWith({}, { namespace: "other", labels: { app: "a" } }))),
    helps: false,
  },
  {
    name: "a domain goes",
    plugin: "PodTopologySpread",
    pod: podInfo(spread),
    event: { kind: "nodeGone", node: nodeWith("n") },
    helps: true,
  },
  { name: "its claim changes", plugin: "VolumeBinding", pod: podInfo(claim), event: storage("data"), helps: true },
  {
    name: "another claim changes",
    plugin: "VolumeBinding",
    pod: podInfo(claim),
    event: storage("other"),
    helps: false,
  },
];

for (const { name, plugin: of, pod, event, helps } of cases) {
  test(`${of}: ${name} ${helps ? "may help" : "cannot help"}`, () => {
    const found = pluginsWith().find(({ plugin }) => plugin.name === of);
    assert.equal(found?.plugin.mayHelp?.(event, pod, new TestCluster({}).view), helps);
  });
}
