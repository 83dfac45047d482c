import assert from "node:assert/strict";
import { test } from "node:test";
import { Deployment } from "./apps/deployment.ts";
import { decode } from "./codec/decode.ts";
import { documentOf } from "./codec/document.ts";
import { Event } from "./core/event.ts";
import { LimitRange } from "./core/limitrange.ts";
import { Node } from "./core/node.ts";
import { Pod } from "./core/pod.ts";
import { Service } from "./core/service.ts";
import { applyDefaults } from "./defaults.ts";
import type { AnyKind, KubeObject } from "./object.ts";
import { tableFor } from "./table.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const CREATED = { name: "a", creationTimestamp: "2026-01-02T03:00:00Z" };

function complete(kind: AnyKind, draft: unknown): KubeObject {
  return applyDefaults(kind, decode(kind, documentOf(draft)).object as KubeObject) as KubeObject;
}

function row(kind: AnyKind, draft: object): Record<string, unknown> {
  const table = tableFor(kind, [complete(kind, { metadata: CREATED, ...draft })], { nowMs: NOW });
  const names = (table.columnDefinitions ?? []).map((column) => column.name);
  return Object.fromEntries(names.map((name, index) => [name, table.rows[0]?.cells[index]]));
}

test("tableFor() gives a Deployment's columns as kubectl prints them", () => {
  const template = {
    spec: {
      containers: [
        { name: "x", image: "i:1" },
        { name: "y", image: "j:1" },
      ],
    },
  };
  const selector = { matchLabels: { b: "c" }, matchExpressions: [{ key: "a", operator: "In", values: ["2", "1"] }] };
  assert.deepEqual(row(Deployment, { spec: { replicas: 3, template, selector }, status: { readyReplicas: 1 } }), {
    Name: "a",
    Ready: "1/3",
    "Up-to-date": 0,
    Available: 0,
    Age: "4m5s",
    Containers: "x,y",
    Images: "i:1,j:1",
    Selector: "a in (1,2),b=c",
  });
});

test("tableFor() gives kinds without columns of their own a name and a time", () => {
  assert.deepEqual(row(LimitRange, {}), { Name: "a", "Created At": "2026-01-02T03:00:00Z" });
});

test("tableFor() carries metadata, the whole object or nothing along", () => {
  const object = complete(LimitRange, { metadata: CREATED });
  const rowWith = (includeObject: "None" | "Metadata" | "Object") =>
    tableFor(LimitRange, [object], { nowMs: NOW, includeObject }).rows[0]?.object;
  assert.equal(rowWith("None"), undefined);
  assert.equal(rowWith("Object"), object);
  assert.deepEqual(rowWith("Metadata"), {
    apiVersion: "meta.k8s.io/v1",
    kind: "PartialObjectMetadata",
    metadata: CREATED,
  });
});

const services = [
  [{ clusterIPs: ["10.0.0.1"], ports: [{ port: 80 }] }, {}, "<none>", "80/TCP"],
  [{ type: "NodePort", ports: [{ port: 80, nodePort: 30000 }] }, {}, "<none>", "80:30000/TCP"],
  [{ type: "LoadBalancer" }, {}, "<pending>", "<none>"],
  [
    { type: "LoadBalancer", externalIPs: ["9.9.9.9"] },
    { loadBalancer: { ingress: [{ ip: "2.2.2.2" }, { hostname: "b" }, { ip: "1.1.1.1" }] } },
    "1.1.1.1,2.2.2.2,b,9.9.9.9",
    "<none>",
  ],
  [{ type: "ExternalName", externalName: "x.y" }, {}, "x.y", "<none>"],
] as const;
for (const [spec, status, external, ports] of services) {
  test(`tableFor() shows a Service at ${external} with ports ${ports}`, () => {
    const cells = row(Service, { spec, status });
    assert.deepEqual([cells["External-IP"], cells["Port(s)"]], [external, ports]);
  });
}

test("tableFor() shows a node's state, roles and addresses", () => {
  const cells = row(Node, {
    metadata: { ...CREATED, labels: { "node-role.kubernetes.io/worker": "", "kubernetes.io/role": "edge" } },
    spec: { unschedulable: true },
    status: {
      conditions: [{ type: "Ready", status: "True" }],
      addresses: [{ type: "InternalIP", address: "1.2.3.4" }],
    },
  });
  assert.deepEqual(
    [cells["Status"], cells["Roles"], cells["Internal-IP"], cells["External-IP"], cells["OS-Image"]],
    ["Ready,SchedulingDisabled", "edge,worker", "1.2.3.4", "<none>", "<unknown>"],
  );
});

test("tableFor() shows an event's latest sighting and count from its series", () => {
  const involvedObject = { kind: "Pod", name: "p" };
  const plain = row(Event, { involvedObject, lastTimestamp: "2026-01-02T03:04:00Z", message: " m\n" });
  assert.deepEqual(
    [plain["Last Seen"], plain["Object"], plain["Message"], plain["Count"], plain["First Seen"]],
    ["5s", "pod/p", "m", 1, "<unknown>"],
  );
  const series = { count: 7, lastObservedTime: "2026-01-02T03:04:03.500000Z" };
  const repeated = row(Event, { involvedObject, series, eventTime: "2026-01-02T03:03:05.000000Z" });
  assert.deepEqual([repeated["Last Seen"], repeated["Count"], repeated["First Seen"]], ["1s", 7, "60s"]);
});

const ENDED = { terminated: { exitCode: 0, finishedAt: "2026-01-02T02:59:05Z" } };
const running = (name: string, more: object = {}) => ({ name, ready: true, state: { running: {} }, ...more });
const ready = [{ type: "Ready", status: "True" }];
const pods: { status: string; ready: string; restarts?: string; deleted?: true; spec?: object; given: object }[] = [
  { status: "Pending", ready: "0/1", given: { phase: "Pending" } },
  { status: "Evicted", ready: "0/1", given: { phase: "Failed", reason: "Evicted" } },
  {
    status: "SchedulingGated",
    ready: "0/1",
    given: { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }] },
  },
  { status: "Running", ready: "1/1", given: { phase: "Running", containerStatuses: [running("a")] } },
  {
    status: "CrashLoopBackOff",
    ready: "0/1",
    restarts: "2 (5m ago)",
    given: {
      phase: "Running",
      containerStatuses: [
        { name: "a", restartCount: 2, state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: ENDED },
      ],
    },
  },
  {
    status: "ErrImagePull",
    ready: "1/2",
    spec: { containers: [{ name: "a" }, { name: "b" }] },
    given: {
      phase: "Pending",
      containerStatuses: [{ name: "a", state: { waiting: { reason: "ErrImagePull" } } }, running("b")],
    },
  },
  {
    status: "Completed",
    ready: "0/1",
    given: { phase: "Succeeded", containerStatuses: [{ name: "a", state: { terminated: { reason: "Completed" } } }] },
  },
  {
    status: "ExitCode:3",
    ready: "0/1",
    given: { phase: "Failed", containerStatuses: [{ name: "a", state: { terminated: { exitCode: 3 } } }] },
  },
  {
    status: "Signal:9",
    ready: "0/1",
    given: { phase: "Failed", containerStatuses: [{ name: "a", state: { terminated: { exitCode: 1, signal: 9 } } }] },
  },
  {
    status: "NotReady",
    ready: "1/2",
    spec: { containers: [{ name: "a" }, { name: "b" }] },
    given: {
      phase: "Running",
      containerStatuses: [{ name: "a", state: { terminated: { reason: "Completed" } } }, running("b")],
    },
  },
  {
    status: "Running",
    ready: "1/2",
    spec: { containers: [{ name: "a" }, { name: "b" }] },
    given: {
      phase: "Running",
      conditions: ready,
      containerStatuses: [{ name: "a", state: { terminated: { reason: "Completed" } } }, running("b")],
    },
  },
  {
    status: "Init:0/2",
    ready: "0/1",
    spec: { containers: [{ name: "a" }], initContainers: [{ name: "i" }, { name: "j" }] },
    given: { phase: "Pending", initContainerStatuses: [{ name: "i", state: { running: {} } }, { name: "j" }] },
  },
  {
    status: "Init:1/2",
    ready: "0/1",
    spec: { containers: [{ name: "a" }], initContainers: [{ name: "i" }, { name: "j" }] },
    given: {
      phase: "Pending",
      initContainerStatuses: [
        { name: "i", state: ENDED },
        { name: "j", state: { waiting: { reason: "PodInitializing" } } },
      ],
    },
  },
  {
    status: "Init:Error",
    ready: "0/1",
    restarts: "3 (5m ago)",
    spec: { containers: [{ name: "a" }], initContainers: [{ name: "i" }] },
    given: {
      phase: "Pending",
      initContainerStatuses: [
        { name: "i", restartCount: 3, state: { terminated: { exitCode: 1, reason: "Error" } }, lastState: ENDED },
      ],
    },
  },
  {
    status: "Init:CrashLoopBackOff",
    ready: "0/1",
    spec: { containers: [{ name: "a" }], initContainers: [{ name: "i" }] },
    given: {
      phase: "Pending",
      initContainerStatuses: [{ name: "i", state: { waiting: { reason: "CrashLoopBackOff" } } }],
    },
  },
  {
    status: "Running",
    ready: "2/2",
    restarts: "4 (5m ago)",
    spec: { containers: [{ name: "a" }], initContainers: [{ name: "s", restartPolicy: "Always" }, { name: "i" }] },
    given: {
      phase: "Running",
      initContainerStatuses: [
        running("s", { started: true, restartCount: 3, lastState: ENDED }),
        { name: "i", restartCount: 5, state: ENDED },
      ],
      containerStatuses: [running("a", { restartCount: 1 })],
    },
  },
  {
    status: "Terminating",
    ready: "1/1",
    deleted: true,
    given: { phase: "Running", containerStatuses: [running("a")] },
  },
  { status: "Unknown", ready: "0/1", deleted: true, given: { phase: "Running", reason: "NodeLost" } },
  { status: "Succeeded", ready: "0/1", deleted: true, given: { phase: "Succeeded" } },
];
for (const { status, ready: readyText, restarts = "0", deleted, spec, given } of pods) {
  test(`tableFor() shows a pod as ${status} with ${readyText} ready: ${JSON.stringify(given)}`, () => {
    const metadata = deleted ? { ...CREATED, deletionTimestamp: "2026-01-02T03:04:00Z" } : CREATED;
    const cells = row(Pod, { metadata, spec: spec ?? { containers: [{ name: "a" }] }, status: given });
    assert.deepEqual([cells["Status"], cells["Ready"], cells["Restarts"]], [status, readyText, restarts]);
  });
}

test("tableFor() shows where a pod is, and marks the row of one that has run to its end", () => {
  const draft = {
    spec: { containers: [], nodeName: "n", readinessGates: [{ conditionType: "x" }, { conditionType: "y" }] },
    status: { phase: "Failed", podIPs: [{ ip: "1.2.3.4" }], conditions: [{ type: "y", status: "True" }] },
  };
  const cells = row(Pod, draft);
  assert.deepEqual(
    [cells["IP"], cells["Node"], cells["Nominated Node"], cells["Readiness Gates"]],
    ["1.2.3.4", "n", "<none>", "1/2"],
  );
  const table = tableFor(Pod, [complete(Pod, draft)], { nowMs: NOW });
  assert.equal(table.rows[0]?.conditions?.[0]?.reason, "Failed");
});
