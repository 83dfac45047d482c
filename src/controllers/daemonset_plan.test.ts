import assert from "node:assert/strict";
import { test } from "node:test";
import type { DaemonSet } from "#api/apps/daemonset.ts";
import type { Node } from "#api/core/node.ts";
import type { Pod } from "#api/core/pod.ts";
import { FAILED_POD_BACKOFF, FailedPodBackoff } from "./failed_pod_backoff.ts";
import { daemonTolerations, eligibility, nodeNameOf } from "./daemonset_nodes.ts";
import { planPresence, planRolling, type DaemonView } from "./daemonset_plan.ts";
import { NOW_MS, pod, type PodTraits } from "./fixtures.ts";

function daemon(rollingUpdate: object = { maxUnavailable: 1, maxSurge: 0 }, spec: object = {}): DaemonSet {
  return {
    metadata: { name: "log", namespace: "default", uid: "uid-log" },
    spec: {
      selector: {},
      template: { metadata: {}, spec: { containers: [], ...spec } },
      updateStrategy: { type: "RollingUpdate", rollingUpdate },
    },
    status: {},
  } as unknown as DaemonSet;
}

function node(name: string, traits: { taints?: object[]; labels?: Record<string, string> } = {}): Node {
  const { taints = [], labels = {} } = traits;
  return { metadata: { name, labels }, spec: { taints }, status: {} } as unknown as Node;
}

/** A pod of the present template, unless `old`. */
const daemonPod = (name: string, on: string, traits: PodTraits = {}): Pod =>
  pod(name, { node: on, labels: { "controller-revision-hash": "new" }, ...traits });
const oldPod = (name: string, on: string, traits: PodTraits = {}): Pod =>
  daemonPod(name, on, { ...traits, labels: { "controller-revision-hash": "old" } });

function view(set: DaemonSet, nodes: readonly Node[], pods: readonly Pod[]): DaemonView {
  return { set, nodes, pods, hash: "new", nowMs: NOW_MS };
}

const names = (pods: readonly Pod[]) => pods.map((each) => each.metadata.name);
const surge = { maxUnavailable: 0, maxSurge: 1 };
const noSchedule = { taints: [{ key: "gpu", effect: "NoSchedule" }] };
const noExecute = { taints: [{ key: "gpu", effect: "NoExecute" }] };
const unready = { readyMinutes: -1 };

const presences: readonly {
  name: string;
  set?: DaemonSet;
  nodes: Node[];
  pods: Pod[];
  create?: string[];
  remove?: string[];
  finished?: string[];
}[] = [
  {
    name: "creates where there is none",
    nodes: [node("n1"), node("n2")],
    pods: [daemonPod("a", "n1")],
    create: ["n2"],
  },
  { name: "waits for a pod on its way out", nodes: [node("n1")], pods: [daemonPod("a", "n1", { leaving: true })] },
  {
    name: "does not wait for one that is over and on its way out",
    nodes: [node("n1")],
    pods: [daemonPod("a", "n1", { leaving: true, phase: "Failed" })],
    create: ["n1"],
  },
  {
    name: "keeps the oldest of several",
    nodes: [node("n1")],
    pods: [daemonPod("young", "n1", { ageMinutes: 1 }), daemonPod("old", "n1", { ageMinutes: 9 })],
    remove: ["young"],
  },
  { name: "lets a pod stay under NoSchedule", nodes: [node("n1", noSchedule)], pods: [daemonPod("a", "n1")] },
  { name: "does not begin under NoSchedule", nodes: [node("n1", noSchedule)], pods: [] },
  { name: "removes under NoExecute", nodes: [node("n1", noExecute)], pods: [daemonPod("a", "n1")], remove: ["a"] },
  {
    name: "hands over what has failed",
    nodes: [node("n1")],
    pods: [daemonPod("a", "n1", { phase: "Failed" })],
    finished: ["a"],
  },
  {
    name: "keeps old and new in a surge while the new is not available",
    set: daemon(surge),
    nodes: [node("n1")],
    pods: [oldPod("a", "n1"), daemonPod("b", "n1", unready)],
  },
  {
    name: "removes the old in a surge when the new is available",
    set: daemon(surge),
    nodes: [node("n1")],
    pods: [oldPod("a", "n1"), daemonPod("b", "n1")],
    remove: ["a"],
  },
  {
    name: "removes an unready old in a surge at once",
    set: daemon(surge),
    nodes: [node("n1")],
    pods: [oldPod("a", "n1", unready), daemonPod("b", "n1", unready)],
    remove: ["a"],
  },
];
for (const { name, set = daemon(), nodes, pods, create = [], remove = [], finished = [] } of presences) {
  test(`planPresence() ${name}`, () => {
    const plan = planPresence(view(set, nodes, pods));
    assert.deepEqual(plan.create, create);
    assert.deepEqual(names(plan.remove), remove);
    assert.deepEqual(names(plan.finished.map((each) => each.pod)), finished);
  });
}

const three = [node("n1"), node("n2"), node("n3")];
const rollings: readonly { name: string; rolling: object; pods: Pod[]; create?: string[]; remove?: string[] }[] = [
  {
    name: "takes one",
    rolling: { maxUnavailable: 1 },
    pods: [oldPod("a", "n1"), oldPod("b", "n2"), oldPod("c", "n3")],
    remove: ["a"],
  },
  {
    name: "rounds a share of nodes up",
    rolling: { maxUnavailable: "34%" },
    pods: [oldPod("a", "n1"), oldPod("b", "n2"), oldPod("c", "n3")],
    remove: ["a", "b"],
  },
  {
    name: "waits for a new pod",
    rolling: { maxUnavailable: 1 },
    pods: [daemonPod("a", "n1", unready), oldPod("b", "n2"), oldPod("c", "n3")],
  },
  {
    name: "replaces old pods that are down anyway",
    rolling: { maxUnavailable: 1 },
    pods: [daemonPod("a", "n1", unready), oldPod("b", "n2", unready), oldPod("c", "n3")],
    remove: ["b"],
  },
  {
    name: "takes nothing away in a surge, but adds",
    rolling: surge,
    pods: [oldPod("a", "n1"), oldPod("b", "n2"), oldPod("c", "n3")],
    create: ["n1"],
  },
  {
    name: "does not surge further than allowed",
    rolling: surge,
    pods: [oldPod("a", "n1"), daemonPod("a2", "n1", unready), oldPod("b", "n2"), oldPod("c", "n3")],
  },
];
for (const { name, rolling, pods, create = [], remove = [] } of rollings) {
  test(`planRolling() ${name}`, () => {
    const plan = planRolling(view(daemon(rolling), three, pods));
    assert.deepEqual(plan.create, create);
    assert.deepEqual(names(plan.remove), remove);
  });
}

test("a daemon on the host's network need not wait for the cluster's", () => {
  const lacking = node("n1", { taints: [{ key: "node.kubernetes.io/network-unavailable", effect: "NoSchedule" }] });
  assert.equal(eligibility(daemon(), lacking).shouldRun, false);
  assert.equal(eligibility(daemon(undefined, { hostNetwork: true }), lacking).shouldRun, true);
});

test("a toleration the template states is not stated twice", () => {
  const given = { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 };
  const { spec } = daemon(undefined, { tolerations: [given, { key: "gpu", operator: "Exists" }] }).spec.template;
  const all = daemonTolerations(spec);
  assert.equal(all.filter((each) => each.key === given.key).length, 1);
  assert.equal(all.find((each) => each.key === given.key)?.tolerationSeconds, undefined);
  assert.equal(all.length, 7);
});

test("a pod that waits is counted at the node it is meant for", () => {
  const matchFields = [{ key: "metadata.name", operator: "In", values: ["n7"] }];
  const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] } };
  const waiting = { spec: { affinity: { nodeAffinity: required } } } as unknown as Pod;
  assert.equal(nodeNameOf(waiting), "n7");
});

test("failed pods are replaced at once, then after 1 s, 2 s, 4 s; a quiet half hour is forgiven", () => {
  const backoff = new FailedPodBackoff(FAILED_POD_BACKOFF.daemon);
  assert.equal(backoff.delayMs("n1", 0), 0);
  assert.equal(backoff.delayMs("n1", 400), 600);
  assert.equal(backoff.delayMs("n1", 1_000), 0);
  assert.equal(backoff.delayMs("n1", 1_500), 1_500);
  assert.equal(backoff.delayMs("n1", 3_000), 0);
  assert.equal(backoff.delayMs("n1", 3_000), 4_000);
  assert.equal(backoff.delayMs("n2", 3_000), 0);
  assert.equal(backoff.delayMs("n1", 3_600_000), 0);
  assert.equal(backoff.delayMs("n1", 3_600_500), 500);
});
