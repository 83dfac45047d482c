import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodDraft } from "#api/core/pod.ts";
import { PodInfo } from "./pod_info.ts";
import { podWith, type SpecDraft } from "../testing.ts";

type Requests = Record<string, string>;

const MEGABYTE = 1024 * 1024;
const container = (name: string, requests: Requests) => ({ name, image: "i", resources: { requests } });
const sidecar = (name: string, requests: Requests) => ({ ...container(name, requests), restartPolicy: "Always" });

interface Case {
  readonly name: string;
  readonly spec: SpecDraft;
  readonly status?: PodDraft["status"];
  readonly cpu: number;
  readonly memory?: number;
  readonly scoredCpu?: number;
  readonly scoredMemory?: number;
}

const cases: readonly Case[] = [
  {
    name: "nothing asked for takes nothing, but counts a little when nodes are compared",
    spec: {},
    cpu: 0,
    memory: 0,
    scoredCpu: 100,
    scoredMemory: 200 * MEGABYTE,
  },
  {
    name: "containers add up; those that ask for nothing still weigh",
    spec: { containers: [container("a", { cpu: "100m" }), container("b", { cpu: "0.2", memory: "1Mi" })] },
    cpu: 300,
    memory: MEGABYTE,
    scoredCpu: 300,
    scoredMemory: 201 * MEGABYTE,
  },
  {
    name: "parts of a millicore are rounded up",
    spec: { containers: [container("a", { cpu: "100u" })] },
    cpu: 1,
  },
  {
    name: "init containers run one after the other: the largest counts if it is more than all the rest",
    spec: {
      initContainers: [container("i", { cpu: "2" }), container("j", { cpu: "3" })],
      containers: [container("a", { cpu: "1" }), container("b", { cpu: "1" })],
    },
    cpu: 3_000,
  },
  {
    name: "sidecars run on beside the containers",
    spec: { initContainers: [sidecar("s", { cpu: "1" })], containers: [container("a", { cpu: "1" })] },
    cpu: 2_000,
  },
  {
    name: "an init container runs beside the sidecars started before it, not those after it",
    spec: {
      initContainers: [sidecar("s", { cpu: "1" }), container("i", { cpu: "3" }), sidecar("t", { cpu: "1" })],
      containers: [container("a", { cpu: "1" })],
    },
    cpu: 4_000,
  },
  {
    name: "overhead comes on top",
    spec: { containers: [container("a", { cpu: "1" })], overhead: { cpu: "250m", memory: "120Mi" } },
    cpu: 1_250,
    memory: 120 * MEGABYTE,
  },
  {
    name: "what the pod as a whole asks for stands for the sum",
    spec: { containers: [container("a", { cpu: "1", memory: "1Mi" })], resources: { requests: { cpu: "4" } } },
    cpu: 4_000,
    memory: MEGABYTE,
    scoredCpu: 4_000,
  },
  {
    name: "a container that is being made smaller counts with what it still has",
    spec: { containers: [container("a", { cpu: "1" })] },
    status: {
      containerStatuses: [
        {
          name: "a",
          image: "i",
          imageID: "",
          ready: true,
          restartCount: 0,
          allocatedResources: { cpu: "2" },
          resources: { requests: { cpu: "3" } },
        },
      ],
    },
    cpu: 3_000,
  },
];

for (const { name, spec, status, ...expected } of cases) {
  test(`requests: ${name}`, () => {
    const info = new PodInfo(podWith(spec, {}, status));
    for (const [member, value] of Object.entries(expected)) {
      assert.equal(info[member as "cpu" | "memory" | "scoredCpu" | "scoredMemory"], value, member);
    }
  });
}

test("a newer version is adopted unless what it takes, bears or is called may differ", () => {
  const pod = podWith({ containers: [container("a", { cpu: "1" })] }, { name: "p", generation: 1, labels: { a: "b" } });
  const { metadata } = pod;
  const info = new PodInfo(pod);
  assert.equal(info.adopt({ ...pod, status: { phase: "Running" } }), true);
  assert.equal(info.pod.status.phase, "Running");
  assert.equal(info.adopt({ ...pod, metadata: { ...metadata, labels: { a: "c" } } }), false);
  assert.equal(info.adopt({ ...pod, metadata: { ...metadata, generation: 2 } }), false);
  assert.equal(info.adopt({ ...pod, metadata: { ...metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } }), false);
  const bound = { ...pod, spec: { ...pod.spec, nodeName: "n" }, metadata: { ...metadata, generation: 2 } };
  assert.equal(info.adopt(bound), true, "being bound is what was decided");
});
