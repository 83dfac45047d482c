import assert from "node:assert/strict";
import { test } from "node:test";
import type { ControllerRevision } from "#api/apps/controllerrevision.ts";
import type { StatefulSet } from "#api/apps/statefulset.ts";
import type { PodTemplateSpec } from "#api/core/pod_spec.ts";
import { formatTime } from "#api/time.ts";
import { planForgetting, planHistory, revisionData, templateOf } from "./controller_revision.ts";
import { NOW_MS, pod, type PodTraits } from "./fixtures.ts";
import { planStateful, type StatefulView, type Step } from "./statefulset_plan.ts";

function stateful(replicas: number, spec: object = {}, status: object = {}): StatefulSet {
  return {
    metadata: { name: "db", namespace: "default", uid: "uid-db" },
    spec: {
      replicas,
      podManagementPolicy: "OrderedReady",
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0, maxUnavailable: 1 } },
      ...spec,
    },
    status,
  } as unknown as StatefulSet;
}

/** Pod `ordinal` at revision `r2`, unless said otherwise. */
function at(ordinal: number, traits: PodTraits & { revision?: string } = {}) {
  const name = `db-${ordinal}`;
  const labels = {
    "controller-revision-hash": traits.revision ?? "r2",
    "statefulset.kubernetes.io/pod-name": name,
    "apps.kubernetes.io/pod-index": String(ordinal),
  };
  return pod(name, { labels, ...traits });
}

function view(set: StatefulSet, pods: StatefulView["pods"], rest: Partial<StatefulView> = {}): StatefulView {
  return {
    set,
    pods,
    currentRevision: "r1",
    updateRevision: "r2",
    nowMs: NOW_MS,
    lacksClaims: () => false,
    hasStaleClaim: () => false,
    areClaimsOwned: () => true,
    ...rest,
  };
}

const told = (step: Step) => `${step.type} ${step.ordinal}${step.type === "create" ? ` ${step.revision}` : ""}`;
const parallel = { podManagementPolicy: "Parallel" };
const unready = { readyMinutes: -1 };
const old = { revision: "r1" };
const oldAndUnready = { ...old, ...unready };
const oldAndLeaving = { ...old, leaving: true };
const rolling = (rollingUpdate: object) => ({ updateStrategy: { type: "RollingUpdate", rollingUpdate } });

const cases: readonly { name: string; view: StatefulView; steps: string[] }[] = [
  { name: "begins with the lowest number", view: view(stateful(3), []), steps: ["create 0 r2"] },
  { name: "waits for the one before", view: view(stateful(3), [at(0, unready)]), steps: [] },
  { name: "goes on when that is ready", view: view(stateful(3), [at(0)]), steps: ["create 1 r2"] },
  {
    name: "waits for minReadySeconds",
    view: view(stateful(2, { minReadySeconds: 90 }), [at(0, { readyMinutes: 1 })]),
    steps: [],
  },
  { name: "fills a gap first", view: view(stateful(3), [at(0), at(2, old)]), steps: ["create 1 r2"] },
  { name: "waits for a pod on its way out", view: view(stateful(1), [at(0, { leaving: true })]), steps: [] },
  { name: "deletes what has failed", view: view(stateful(2), [at(0, { phase: "Failed" })]), steps: ["delete 0"] },
  { name: "goes down from the highest", view: view(stateful(1), [at(0), at(1), at(2)]), steps: ["delete 2"] },
  { name: "does not go down while one is unready", view: view(stateful(1), [at(0, unready), at(1)]), steps: [] },
  {
    name: "takes the lowest unready of those to go, but none before it",
    view: view(stateful(1), [at(0), at(1, unready), at(2, unready)]),
    steps: [],
  },
  { name: "updates the highest", view: view(stateful(2), [at(0, old), at(1, old)]), steps: ["delete 1"] },
  { name: "updates the next", view: view(stateful(2), [at(0, old), at(1)]), steps: ["delete 0"] },
  {
    name: "updates two where two may be unavailable",
    view: view(stateful(3, rolling({ partition: 0, maxUnavailable: 2 })), [at(0, old), at(1, old), at(2, old)]),
    steps: ["delete 2", "delete 1"],
  },
  {
    name: "stops at the partition",
    view: view(stateful(2, rolling({ partition: 1 })), [at(0, old), at(1)]),
    steps: [],
  },
  {
    name: "creates below the partition from the current revision",
    view: view(stateful(2, rolling({ partition: 1 })), []),
    steps: ["create 0 r1"],
  },
  {
    name: "counts the partition from the first number",
    view: view(stateful(2, { ordinals: { start: 5 }, ...rolling({ partition: 1 }) }), [at(5)]),
    steps: ["create 6 r2"],
  },
  {
    name: "leaves updates to people with OnDelete",
    view: view(stateful(1, { updateStrategy: { type: "OnDelete" } }), [at(0, old)]),
    steps: [],
  },
  {
    name: "creates all at once in parallel",
    view: view(stateful(2, parallel), []),
    steps: ["create 0 r2", "create 1 r2"],
  },
  {
    name: "removes all at once in parallel",
    view: view(stateful(0, parallel), [at(0), at(1)]),
    steps: ["delete 1", "delete 0"],
  },
  {
    name: "replaces a broken old pod in parallel",
    view: view(stateful(2, parallel), [at(0), at(1, { ...old, ...unready })]),
    steps: ["delete 1"],
  },
  {
    name: "waits for an updated pod in parallel",
    view: view(stateful(2, parallel), [at(0, old), at(1, unready)]),
    steps: [],
  },
  {
    name: "rounds a percentage down",
    view: view(stateful(5, { ...rolling({ maxUnavailable: "50%" }) }), [
      at(0, old),
      at(1, old),
      at(2, old),
      at(3, old),
      at(4, old),
    ]),
    steps: ["delete 4", "delete 3"],
  },
  {
    name: "takes one where a percentage comes to none",
    view: view(stateful(3, { ...rolling({ maxUnavailable: "10%" }) }), [at(0, old), at(1, old), at(2, old)]),
    steps: ["delete 2"],
  },
  {
    name: "takes one where none may be away",
    view: view(stateful(2, { ...parallel, ...rolling({ maxUnavailable: 0 }) }), [at(0, old), at(1, old)]),
    steps: ["delete 1"],
  },
  {
    name: "takes no more than there are",
    view: view(stateful(2, { ...parallel, ...rolling({ maxUnavailable: 5 }) }), [at(0, old), at(1, old)]),
    steps: ["delete 1", "delete 0"],
  },
  {
    name: "stops at the partition with several at a time",
    view: view(stateful(4, { ...rolling({ partition: 3, maxUnavailable: 2 }) }), [
      at(0, old),
      at(1, old),
      at(2, old),
      at(3, old),
    ]),
    steps: ["delete 3"],
  },
  {
    name: "waits in order for an old pod that is unready, with several at a time",
    view: view(stateful(3, { ...rolling({ maxUnavailable: 2 }) }), [at(0, old), at(1, old), at(2, oldAndUnready)]),
    steps: [],
  },
  {
    name: "waits in order for an unready pod below the partition",
    view: view(stateful(5, { ...rolling({ partition: 2, maxUnavailable: 2 }) }), [
      at(0, old),
      at(1, oldAndUnready),
      at(2, old),
      at(3, old),
      at(4, old),
    ]),
    steps: [],
  },
  {
    name: "updates one at a time in parallel whatever is below the partition",
    view: view(stateful(5, { ...parallel, ...rolling({ partition: 2 }) }), [
      at(0, old),
      at(1, oldAndUnready),
      at(2, old),
      at(3, old),
      at(4, old),
    ]),
    steps: ["delete 4"],
  },
  {
    name: "replaces old unready pods in parallel whatever their number",
    view: view(stateful(5, { ...parallel, ...rolling({ maxUnavailable: 2 }) }), [
      at(0, old),
      at(1, old),
      at(2, oldAndUnready),
      at(3, oldAndUnready),
      at(4, oldAndUnready),
    ]),
    steps: ["delete 4", "delete 3", "delete 2"],
  },
  {
    name: "replaces the lower unready in parallel and leaves the higher that serve",
    view: view(stateful(4, { ...parallel, ...rolling({ maxUnavailable: 2 }) }), [
      at(0, oldAndUnready),
      at(1, oldAndUnready),
      at(2, old),
      at(3, old),
    ]),
    steps: ["delete 1", "delete 0"],
  },
  {
    name: "replaces the unready in parallel first, then what the bound leaves",
    view: view(stateful(5, { ...parallel, ...rolling({ maxUnavailable: 3 }) }), [
      at(0, oldAndUnready),
      at(1, oldAndUnready),
      at(2, old),
      at(3, old),
      at(4, old),
    ]),
    steps: ["delete 1", "delete 0", "delete 4"],
  },
  {
    name: "counts pods on their way out in parallel",
    view: view(stateful(5, { ...parallel, ...rolling({ maxUnavailable: 3 }) }), [
      at(0, old),
      at(1, old),
      at(2, old),
      at(3, oldAndUnready),
      at(4, oldAndLeaving),
    ]),
    steps: ["delete 3", "delete 2"],
  },
  {
    name: "counts unready pods below the partition in parallel",
    view: view(stateful(5, { ...parallel, ...rolling({ partition: 3, maxUnavailable: 2 }) }), [
      at(0, old),
      at(1, oldAndUnready),
      at(2, old),
      at(3, old),
      at(4, oldAndUnready),
    ]),
    steps: ["delete 4"],
  },
  {
    name: "has nothing left in parallel when all the bound is below the partition",
    view: view(stateful(5, { ...parallel, ...rolling({ partition: 3, maxUnavailable: 2 }) }), [
      at(0, oldAndUnready),
      at(1, oldAndUnready),
      at(2, old),
      at(3, old),
      at(4, old),
    ]),
    steps: [],
  },
  {
    name: "counts updated pods that are not ready yet in parallel",
    view: view(stateful(4, { ...parallel, ...rolling({ maxUnavailable: 2 }) }), [
      at(0, old),
      at(1, old),
      at(2, old),
      at(3, unready),
    ]),
    steps: ["delete 2"],
  },
  {
    name: "replaces in parallel what is ready for too short a time",
    view: view(stateful(3, { ...parallel, ...rolling({ maxUnavailable: 2 }), minReadySeconds: 90 }), [
      at(0, { ...old, readyMinutes: 1 }),
      at(1, old),
      at(2, old),
    ]),
    steps: ["delete 0", "delete 2"],
  },
  {
    name: "waits until a claim that goes with the old pod is gone",
    view: view(stateful(1), [], { hasStaleClaim: () => true }),
    steps: [],
  },
  {
    name: "makes claims that a waiting pod lacks",
    view: view(stateful(1), [at(0, { phase: "Pending" })], { lacksClaims: () => true }),
    steps: ["claim 0"],
  },
  {
    name: "hands claims over before the pod goes",
    view: view(stateful(1), [at(0), at(1)], { areClaimsOwned: (ordinal) => ordinal === 0 }),
    steps: ["own 1", "delete 1"],
  },
  {
    name: "labels a pod taken over",
    view: view(stateful(1), [at(0, { labels: {} })]),
    steps: ["identify 0", "delete 0"],
  },
];
for (const c of cases) {
  test(`planStateful() ${c.name}`, () => assert.deepEqual(planStateful(c.view).flat().map(told), c.steps));
}

const template = (image: string): PodTemplateSpec =>
  ({
    metadata: { labels: { app: "db" } },
    spec: { containers: [{ name: "db", image }] },
  }) as unknown as PodTemplateSpec;

function revision(number: number, image: string): ControllerRevision {
  const metadata = { name: `db-${image}`, uid: image, creationTimestamp: formatTime(NOW_MS) };
  return { metadata, revision: number, data: revisionData(template(image)) } as unknown as ControllerRevision;
}

const histories = [
  { name: "begins with 1", revisions: [], wants: "a", plan: ["create", 1] },
  { name: "keeps the newest", revisions: [revision(1, "a"), revision(2, "b")], wants: "b", plan: ["keep", 2] },
  { name: "counts on", revisions: [revision(2, "b"), revision(1, "a")], wants: "c", plan: ["create", 3] },
  {
    name: "makes an old one the newest",
    revisions: [revision(1, "a"), revision(2, "b")],
    wants: "a",
    plan: ["renumber", 3],
  },
];
for (const c of histories) {
  test(`planHistory() ${c.name}`, () => {
    const plan = planHistory(template(c.wants), c.revisions);
    const number = plan.type === "keep" ? plan.revision.revision : plan.type === "create" ? plan.number : plan.to;
    assert.deepEqual([plan.type, number], c.plan);
  });
}

test("a revision's data replaces the template, members in order of their names", () => {
  const data = revisionData(template("a"));
  const text = '{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"app":"db"}},';
  assert.equal(JSON.stringify(data), `${text}"spec":{"containers":[{"image":"a","name":"db"}]}}}}`);
  assert.deepEqual(templateOf(revision(1, "a")), template("a"));
});

test("revisions beyond the limit are forgotten, oldest first, but none that pods run", () => {
  const all = [revision(3, "c"), revision(1, "a"), revision(2, "b")];
  const gone = (limit: number, live = "") =>
    planForgetting(all, limit, (each) => each.metadata.uid === live).map((each) => each.metadata.uid);
  assert.deepEqual(gone(1), ["a", "b"]);
  assert.deepEqual(gone(2, "a"), ["b"]);
  assert.deepEqual(gone(10), []);
});
