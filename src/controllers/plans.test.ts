import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "#api/core/pod.ts";
import type { Node } from "#api/core/node.ts";
import type { Service } from "#api/core/service.ts";
import type { EndpointSlice } from "#api/discovery/endpointslice.ts";
import type { StoredObject } from "#client/stored.ts";
import { planSlices } from "./endpointslice_plan.ts";
import { subsetsOf } from "./endpoints.ts";
import { NOW_MS, pod, replicaSet } from "./fixtures.ts";
import { planCollection, type OwnerState } from "./garbage_collection.ts";
import { silentConditions, taintsOf } from "./node_health.ts";
import { planClaims } from "./ownership.ts";
import { surplusTerminated } from "./pod_collector.ts";
import { withDisruption } from "./pod_disruption.ts";
import { evictionMs } from "./taint_eviction.ts";

function service(spec: object = {}): Service {
  const ports = [{ name: "main", port: 80, targetPort: "http", protocol: "TCP" }];
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "default", uid: "uid-svc", resourceVersion: "1", labels: { team: "shop" } },
    spec: { selector: { app: "web" }, ports, type: "ClusterIP", sessionAffinity: "None", ...spec },
    status: { loadBalancer: {} },
  } as unknown as Service;
}

const served = (count: number, traits = {}) =>
  Array.from({ length: count }, (_, at) => pod(`p${at}`, { ip: `10.0.${at >> 8}.${at & 255}`, ...traits }));

/** The slices a plan leaves behind. */
function applied(existing: readonly EndpointSlice[], plan: ReturnType<typeof planSlices>): EndpointSlice[] {
  const updated = new Map(plan.update.map((slice) => [slice.metadata.name, slice]));
  const created = plan.create.map((draft, at) => {
    const name = `new-${existing.length + at}`;
    return { ...draft, metadata: { ...draft.metadata, name } } as EndpointSlice;
  });
  const kept = existing.filter((slice) => !plan.remove.includes(slice));
  return [...kept.map((slice) => updated.get(slice.metadata.name) ?? slice), ...created];
}

const noNode = () => undefined;
const sizes = (slices: readonly { endpoints?: readonly unknown[] | undefined }[]) =>
  slices.map((slice) => slice.endpoints?.length ?? 0);

test("planSlices() puts at most 100 endpoints into a slice", () => {
  assert.deepEqual(sizes(planSlices(service(), served(250), [], noNode).create), [100, 100, 50]);
});

test("planSlices() writes nothing when nothing changed, and one slice when one pod changed", () => {
  const pods = served(150);
  const first = applied([], planSlices(service(), pods, [], noNode));
  const idle = planSlices(service(), pods, first, noNode);
  assert.deepEqual([idle.create, idle.update, idle.remove], [[], [], []]);
  const [leaving, ...others] = pods;
  const changed = [pod("p0", { ip: leaving?.status.podIP ?? "", leaving: true }), ...others];
  const plan = planSlices(service(), changed, first, noNode);
  assert.deepEqual([plan.create.length, plan.update.length, plan.remove.length], [0, 1, 0]);
});

test("planSlices() fills room before it makes slices, and removes what is empty", () => {
  const first = applied([], planSlices(service(), served(110), [], noNode));
  const grown = planSlices(service(), served(115), first, noNode);
  assert.deepEqual([sizes(grown.create), sizes(grown.update)], [[], [15]]);
  const shrunk = planSlices(service(), served(100), first, noNode);
  assert.deepEqual([shrunk.create.length, shrunk.update.length, sizes(shrunk.remove)], [0, 0, [10]]);
});

test("planSlices() leaves one empty slice for a Service that nobody serves", () => {
  const [only, ...others] = applied([], planSlices(service(), [], [], noNode));
  assert.equal(others.length, 0);
  assert.deepEqual([only?.endpoints, only?.ports], [[], []]);
  const idle = planSlices(service(), [], only ? [only] : [], noNode);
  assert.deepEqual([idle.create, idle.update, idle.remove], [[], [], []]);
});

test("planSlices() shows pods that are not ready as ready where the Service wants it", () => {
  const { create } = planSlices(
    service({ publishNotReadyAddresses: true }),
    served(1, { readyMinutes: -1 }),
    [],
    noNode,
  );
  assert.deepEqual(create[0]?.endpoints?.[0]?.conditions, { ready: true, serving: false, terminating: false });
});

const inZone = (name: string) =>
  ({ metadata: { name, labels: { "topology.kubernetes.io/zone": `zone-of-${name}` } } }) as unknown as Node;
const zone = { forZones: [{ name: "zone-of-n1" }] };
const auto = (annotation: string) => ({ [`service.kubernetes.io/${annotation}`]: "Auto" });

const hints: readonly {
  name: string;
  distribution: string | undefined;
  traits?: object;
  annotations?: Record<string, string>;
  nodeOf?: (name: string) => Node | undefined;
  hints: object | undefined;
}[] = [
  { name: "none without the field", distribution: undefined, hints: undefined },
  { name: "the zone for PreferClose", distribution: "PreferClose", hints: zone },
  { name: "the zone for PreferSameZone", distribution: "PreferSameZone", hints: zone },
  {
    name: "zone and node for PreferSameNode",
    distribution: "PreferSameNode",
    hints: { ...zone, forNodes: [{ name: "n1" }] },
  },
  {
    name: "only the node where there is no zone",
    distribution: "PreferSameNode",
    nodeOf: noNode,
    hints: { forNodes: [{ name: "n1" }] },
  },
  { name: "none where there is no zone", distribution: "PreferClose", nodeOf: noNode, hints: undefined },
  {
    name: "none for a pod that is not ready",
    distribution: "PreferSameNode",
    traits: { readyMinutes: -1 },
    hints: undefined,
  },
  {
    name: "none for a pod on its way out",
    distribution: "PreferSameNode",
    traits: { leaving: true },
    hints: undefined,
  },
  {
    name: "none in topology mode Auto",
    distribution: "PreferSameNode",
    annotations: auto("topology-mode"),
    hints: undefined,
  },
  {
    name: "none with topology aware hints",
    distribution: "PreferSameNode",
    annotations: auto("topology-aware-hints"),
    hints: undefined,
  },
];
for (const c of hints) {
  test(`planSlices() hints ${c.name}`, () => {
    const { nodeOf = inZone, distribution: trafficDistribution, annotations } = c;
    const plain = service({ trafficDistribution });
    const asked = { ...plain, metadata: { ...plain.metadata, ...(annotations && { annotations }) } };
    const pods = served(2, c.traits);
    const first = planSlices(asked, pods, [], nodeOf);
    assert.deepEqual(
      first.create.flatMap(({ endpoints }) => endpoints?.map((endpoint) => endpoint.hints)),
      [c.hints, c.hints],
    );
    const idle = planSlices(asked, pods, applied([], first), nodeOf);
    assert.deepEqual([idle.create, idle.update, idle.remove], [[], [], []]);
  });
}

test("planSlices() changes hints with the field, and takes them away with it", () => {
  const pods = served(1);
  let slices = applied([], planSlices(service({ trafficDistribution: "PreferSameNode" }), pods, [], inZone));
  const after = (trafficDistribution: string | undefined) => {
    const plan = planSlices(service({ trafficDistribution }), pods, slices, inZone);
    assert.deepEqual([plan.create.length, plan.update.length, plan.remove.length], [0, 1, 0]);
    slices = applied(slices, plan);
    return slices[0]?.endpoints[0];
  };
  assert.deepEqual(after("PreferClose")?.hints, zone);
  assert.equal("hints" in (after(undefined) ?? { hints: "" }), false);
});

test("planSlices() copies labels, and marks a headless Service", () => {
  const { create } = planSlices(service({ clusterIP: "None" }), served(1), [], noNode);
  assert.deepEqual(create[0]?.metadata?.labels, {
    team: "shop",
    "kubernetes.io/service-name": "web",
    "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    "service.kubernetes.io/headless": "",
  });
});

test("subsetsOf() sorts addresses and tells ready from not ready", () => {
  const pods = [
    pod("b", { ip: "10.0.0.2" }),
    pod("a", { ip: "10.0.0.1" }),
    pod("c", { ip: "10.0.0.3", readyMinutes: -1 }),
  ];
  const [subset, ...others] = subsetsOf(service(), [...pods, pod("d", { ip: "10.0.0.4", leaving: true })]);
  assert.equal(others.length, 0);
  assert.deepEqual(
    subset?.addresses?.map((each) => each.ip),
    ["10.0.0.1", "10.0.0.2"],
  );
  assert.deepEqual(
    subset?.notReadyAddresses?.map((each) => each.ip),
    ["10.0.0.3"],
  );
  assert.deepEqual(subset?.ports, [{ name: "main", port: 8080, protocol: "TCP" }]);
});

function owned(owners: readonly string[], finalizers: readonly string[] = []): StoredObject {
  const ownerReferences = owners.map((uid) => ({ apiVersion: "v1", kind: "Service", name: uid, uid }));
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...pod("x").metadata, ownerReferences, finalizers: [...finalizers] },
  };
}

const collections: readonly {
  name: string;
  states: Record<string, OwnerState>;
  finalizers?: readonly string[];
  dependents?: boolean;
  is: string;
}[] = [
  { name: "keeps what has an owner", states: { a: "present" }, is: "nothing" },
  { name: "keeps what has an owner of a kind nobody knows", states: { a: "unknown" }, is: "nothing" },
  { name: "takes off owners that are gone while one is left", states: { a: "absent", b: "present" }, is: "disown b" },
  { name: "deletes with the last owner", states: { a: "absent", b: "absent" }, is: "delete Background" },
  { name: "deletes for an owner that waits", states: { a: "waiting" }, is: "delete Background" },
  {
    name: "waits for dependents in its turn",
    states: { a: "waiting" },
    dependents: true,
    is: "delete Foreground unblock",
  },
  { name: "orphans as asked before", states: { a: "absent" }, finalizers: ["orphan"], is: "delete Orphan" },
];
for (const { name, states, finalizers, dependents = false, is } of collections) {
  test(`planCollection() ${name}`, () => {
    const plan = planCollection(owned(Object.keys(states), finalizers), new Map(Object.entries(states)), dependents);
    const words =
      plan.act === "disown"
        ? ["disown", ...plan.keep.map((owner) => owner.uid)]
        : plan.act === "delete"
          ? ["delete", plan.policy, ...(plan.unblock ? ["unblock"] : [])]
          : ["nothing"];
    assert.equal(words.join(" "), is);
  });
}

test("planClaims() takes what fits, lets go what no longer does, and neither when the owner is leaving", () => {
  const selector = { matchLabels: { app: "web" } };
  const fits = pod("fits", { labels: { app: "web" } });
  const misfit = pod("misfit", { labels: { app: "db" } });
  const leaving = pod("leaving", { labels: { app: "web" }, leaving: true });
  const namesOf = (pods: readonly Pod[]) => pods.map((each) => each.metadata.name);
  const { kept, adopt, release } = planClaims(replicaSet("rs", 1), selector, [fits, misfit], [fits, misfit, leaving]);
  assert.deepEqual([namesOf(kept), namesOf(adopt), namesOf(release)], [["fits"], ["fits"], ["misfit"]]);
  const going = { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } };
  const idle = planClaims(going, selector, [fits, misfit], [fits]);
  assert.deepEqual([namesOf(idle.kept), idle.adopt, idle.release], [["fits"], [], []]);
});

const taint = { key: "k", value: "v", effect: "NoExecute", timeAdded: "2026-01-01T00:00:00Z" };
const evictions = [
  { name: "at once without a toleration", tolerations: [], seconds: 0 },
  { name: "never with a lasting one", tolerations: [{ key: "k", operator: "Exists" }], seconds: Infinity },
  { name: "never with one for everything", tolerations: [{ operator: "Exists" }], seconds: Infinity },
  { name: "after its seconds", tolerations: [{ key: "k", value: "v", tolerationSeconds: 30 }], seconds: 30 },
  { name: "at once for another value", tolerations: [{ key: "k", value: "w" }], seconds: 0 },
  {
    name: "at once for another effect",
    tolerations: [{ key: "k", operator: "Exists", effect: "NoSchedule" }],
    seconds: 0,
  },
];
for (const { name, tolerations, seconds } of evictions) {
  test(`evictionMs() is ${name}`, () => {
    assert.equal(evictionMs(tolerations, [taint], NOW_MS), NOW_MS + seconds * 1000);
  });
}

test("withDisruption() says which version of the pod it is about, and takes the place of what was said before", () => {
  const known = [{ type: "DisruptionTarget", status: "False" }];
  const one = { metadata: { generation: 3 }, status: { conditions: known } } as unknown as Pod;
  const now = "2026-01-01T00:00:00Z";
  const target = { type: "DisruptionTarget", status: "True", observedGeneration: 3, reason: "R", message: "m" };
  assert.deepEqual(withDisruption(one, "R", "m", now).conditions, [{ ...target, lastTransitionTime: now }]);
});

test("silentConditions() leaves each condition in its place", () => {
  const is = (type: string, status: string) => ({ type, status, lastHeartbeatTime: "2026-01-01T00:00:00Z" });
  const conditions = [
    is("MemoryPressure", "False"),
    is("Custom", "True"),
    is("Ready", "True"),
    is("DiskPressure", "False"),
  ];
  const node = { metadata: { creationTimestamp: "2026-01-01T00:00:00Z" }, status: { conditions } };
  const now = silentConditions(node as unknown as Node, NOW_MS);
  assert.deepEqual(
    now.map(({ type, status, reason }) => [type, status, reason]),
    [
      ["MemoryPressure", "Unknown", "NodeStatusUnknown"],
      ["Custom", "True", undefined],
      ["Ready", "Unknown", "NodeStatusUnknown"],
      ["DiskPressure", "Unknown", "NodeStatusUnknown"],
      ["PIDPressure", "Unknown", "NodeStatusNeverUpdated"],
    ],
  );
});

test("taintsOf() follows conditions, keeps others' taints and the time of its own", () => {
  const own = { key: "example.com/gpu", effect: "NoSchedule" };
  const known = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule", timeAdded: "2025-01-01T00:00:00Z" };
  const conditions = [
    { type: "Ready", status: "False" },
    { type: "DiskPressure", status: "True" },
  ];
  const node = { metadata: { name: "n" }, spec: { taints: [own, known], unschedulable: true }, status: { conditions } };
  const timeAdded = "2026-01-01T00:00:00Z";
  assert.deepEqual(taintsOf(node as unknown as Node, false, NOW_MS), [
    own,
    known,
    { key: "node.kubernetes.io/disk-pressure", effect: "NoSchedule", timeAdded },
    { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule", timeAdded },
  ]);
  const executed = taintsOf(node as unknown as Node, true, NOW_MS).filter(({ effect }) => effect === "NoExecute");
  assert.deepEqual(executed, [{ key: "node.kubernetes.io/not-ready", effect: "NoExecute", timeAdded }]);
});

test("surplusTerminated() takes the oldest of the pods that are over", () => {
  const over = (name: string, ageMinutes: number) => pod(name, { phase: "Succeeded", ageMinutes });
  const surplus = surplusTerminated([over("young", 1), over("old", 90), pod("alive", { ageMinutes: 500 })], 1);
  assert.deepEqual(
    surplus.map((each) => each.metadata.name),
    ["old"],
  );
  const evicted = over("evicted", 1);
  Object.assign(evicted.status, { phase: "Failed", reason: "Evicted" });
  assert.deepEqual(surplusTerminated([over("old", 90), evicted], 1), [evicted]);
});
