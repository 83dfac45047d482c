import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReplicaSet } from "#api/apps/replicaset.ts";
import type { Pod } from "#api/core/pod.ts";
import { deployment, NOW_MS, pod, replicaSet, type PodTraits } from "./fixtures.ts";
import { rolloutStateOf } from "./rollout_state.ts";

const OLD = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "web:0" }] } };

function outdated(name: string, replicas: number, traits: object = {}): ReplicaSet {
  const rs = replicaSet(name, replicas, traits);
  return { ...rs, spec: { ...rs.spec, template: OLD } } as unknown as ReplicaSet;
}

/** A pod of `owner`, with this laid over its status. */
function podOf(owner: ReplicaSet, name: string, status: object = {}, traits: PodTraits = {}): Pod {
  const made = pod(name, traits);
  const { kind, metadata } = owner;
  const ownerReferences = [{ apiVersion: "apps/v1", kind, name: metadata.name, uid: metadata.uid, controller: true }];
  return { ...made, metadata: { ...made.metadata, ownerReferences }, status: { ...made.status, ...status } } as Pod;
}

const waiting = (reason: string, message: string) => ({
  phase: "Pending",
  conditions: [{ type: "Ready", status: "False" }],
  containerStatuses: [{ name: "web", restartCount: 0, state: { waiting: { reason, message } } }],
});
const unready = { conditions: [{ type: "Ready", status: "False", reason: "ContainersNotReady", message: "not yet" }] };
const unschedulable = {
  phase: "Pending",
  conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes are available" }],
};
const crashed = {
  ...unready,
  containerStatuses: [{ name: "web", restartCount: 1, state: { terminated: { exitCode: 3, reason: "Error" } } }],
};

const current = replicaSet("new", 3, { available: 0, desired: 2, max: 3 });
const blocked: readonly { name: string; status: object; reason: string; message: string }[] = [
  { name: "an image", status: waiting("ImagePullBackOff", "no v9"), reason: "ImagePullBackOff", message: "no v9" },
  { name: "a node", status: unschedulable, reason: "Unschedulable", message: "0/1 nodes are available" },
  { name: "a probe", status: unready, reason: "ContainersNotReady", message: "not yet" },
  { name: "a program", status: crashed, reason: "Error", message: "container web exited with 3" },
  { name: "its start", status: waiting("ContainerCreating", ""), reason: "Starting", message: "" },
];
for (const { name, status, reason, message } of blocked) {
  test(`rolloutStateOf() says that a pod waits for ${name}`, () => {
    const state = rolloutStateOf(
      deployment(2),
      [current],
      [podOf(current, "a", status), podOf(current, "b", status)],
      0,
    );
    assert.deepEqual(state.blockers, [{ reason, message, pods: ["a", "b"] }]);
  });
}

test("rolloutStateOf() counts, and names what most pods wait for first", () => {
  const old = outdated("old", 8, { desired: 10, max: 13 });
  const stuck = replicaSet("new", 5, { available: 0, desired: 10, max: 13 });
  const pods = [
    podOf(stuck, "a", unready),
    ...["b", "c"].map((name) => podOf(stuck, name, waiting("ErrImagePull", ""))),
  ];
  const conditions = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }];
  const { blockers, ...rest } = rolloutStateOf(deployment(10, {}, { conditions }), [old, stuck], pods, NOW_MS);
  assert.deepEqual(rest, { stand: "waitingForNew", isStuck: true, wanted: 10, updated: 5, available: 8, old: 8 });
  assert.deepEqual(
    blockers.map(({ reason, pods: named }) => `${reason}: ${named.join(" ")}`),
    ["ErrImagePull: b c", "ContainersNotReady: a"],
  );
});

test("rolloutStateOf() says why a ReplicaSet cannot make pods", () => {
  const failing = replicaSet("new", 2, { has: 0, available: 0, desired: 2, max: 3 });
  const condition = { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "exceeded quota: few" };
  const set = { ...failing, status: { ...failing.status, conditions: [condition] } } as unknown as ReplicaSet;
  const { blockers } = rolloutStateOf(deployment(2), [set], [], NOW_MS);
  assert.deepEqual(blockers, [{ reason: "FailedCreate", message: "exceeded quota: few", pods: [] }]);
});

test("rolloutStateOf() names old pods that Recreate waits for", () => {
  const old = outdated("old", 0, { has: 0 });
  const spec = { strategy: { type: "Recreate" } };
  const state = rolloutStateOf(deployment(1, spec), [old], [podOf(old, "last", {}, { leaving: true })], NOW_MS);
  assert.equal(state.stand, "waitingForOld");
  assert.deepEqual(
    state.blockers.map(({ reason, pods }) => [reason, ...pods]),
    [["Terminating", "last"]],
  );
});

test("rolloutStateOf() of a complete rollout waits for nothing", () => {
  const done = replicaSet("new", 2, { desired: 2, max: 3 });
  const { stand, blockers } = rolloutStateOf(deployment(2), [done], [podOf(done, "a", unready)], NOW_MS);
  assert.deepEqual({ stand, blockers }, { stand: "complete", blockers: [] });
});
