import type { Container } from "#api/core/container.ts";
import type { Pod } from "#api/core/pod.ts";
import type { PodFacts } from "./pod_facts.ts";
import { ANNOTATIONS, containerHash } from "./pod_names.ts";
import { NOTHING_RUNS, type PodContainer } from "./pod_runtime.ts";
import type { SandboxStatus } from "./runtime.ts";

/** Complete objects for tables of tests: what a case does not say is as dull as can be. */
export function containerOf(container: Partial<Container> = {}): Container {
  return {
    name: "main",
    image: "app:1",
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    ...container,
  };
}

export function podOf(parts: {
  readonly metadata?: Partial<Pod["metadata"]>;
  readonly spec?: Partial<Pod["spec"]>;
  readonly status?: Partial<Pod["status"]>;
}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "web",
      namespace: "default",
      uid: "u1",
      resourceVersion: "1",
      creationTimestamp: "2026-01-01T00:00:00Z",
      generation: 1,
      ...parts.metadata,
    },
    spec: {
      containers: [containerOf()],
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      dnsPolicy: "ClusterFirst",
      schedulerName: "default-scheduler",
      enableServiceLinks: true,
      ...parts.spec,
    },
    status: { ...parts.status },
  };
}

/** When the facts of these tests are looked at: a minute after the pod came. */
export const NOW_MS = Date.UTC(2026, 0, 1, 0, 1, 0);

export const SANDBOX: SandboxStatus = {
  id: "s0",
  name: "web",
  uid: "u1",
  namespace: "default",
  attempt: 0,
  state: "READY",
  createdAtMs: NOW_MS - 60_000,
  labels: {},
  annotations: {},
  ip: "10.244.0.9",
};

/** A container of the runtime, of the container spec of the same name. */
export function ran(spec: Container, parts: Partial<PodContainer> = {}): PodContainer {
  const attempt = parts.attempt ?? 0;
  const createdAtMs = parts.createdAtMs ?? NOW_MS - 50_000 + attempt * 1000;
  const ended = parts.state === "EXITED" && { exitCode: 0, finishedAtMs: createdAtMs + 500 };
  return {
    id: `${spec.name}-${attempt}`,
    sandboxId: "s0",
    name: spec.name,
    attempt,
    state: "RUNNING",
    createdAtMs,
    startedAtMs: createdAtMs,
    image: "sha256:1",
    labels: {},
    annotations: { [ANNOTATIONS.containerHash]: containerHash(spec), [ANNOTATIONS.image]: spec.image ?? "" },
    reason: "",
    message: "",
    imageRef: "sha256:1",
    imageId: "sha256:1",
    logPath: "",
    mounts: [],
    ...ended,
    ...parts,
  };
}

export function factsOf(parts: Partial<PodFacts> & { readonly pod: Pod }): PodFacts {
  return {
    nowMs: NOW_MS,
    runtime: NOTHING_RUNS,
    volumes: "ready",
    volumesStale: false,
    sandboxRetryAtMs: 0,
    images: new Map(),
    failures: new Map(),
    crashes: new Map(),
    probes: new Map(),
    busy: new Set(),
    cleaned: false,
    ...parts,
  };
}
