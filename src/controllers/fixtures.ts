import { Deployment } from "#api/apps/deployment.ts";
import { ReplicaSet } from "#api/apps/replicaset.ts";
import { Pod } from "#api/core/pod.ts";
import { formatTime } from "#api/time.ts";

/** For tests: the moment at which they take place. */
export const NOW_MS = Date.UTC(2026, 0, 1);

const minutesAgo = (minutes: number) => formatTime(NOW_MS - minutes * 60_000);

export interface PodTraits {
  readonly phase?: string;
  readonly node?: string | undefined;
  readonly readyMinutes?: number;
  readonly ageMinutes?: number;
  readonly cost?: string;
  readonly restarts?: number;
  readonly leaving?: boolean;
  readonly labels?: Record<string, string>;
  readonly ip?: string;
}

/** A pod as the server would hand it out: running and ready for an hour unless said otherwise. */
export function pod(name: string, traits: PodTraits = {}): Pod {
  const { phase = "Running", node = "n1", readyMinutes, ageMinutes = 60, cost, restarts = 0, labels, ip } = traits;
  const isReady = readyMinutes !== undefined || phase === "Running";
  const lastTransitionTime = minutesAgo(readyMinutes ?? 60);
  const annotations = cost === undefined ? {} : { "controller.kubernetes.io/pod-deletion-cost": cost };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      uid: `uid-${name}`,
      resourceVersion: "1",
      creationTimestamp: minutesAgo(ageMinutes),
      annotations,
      labels,
      ...(traits.leaving && { deletionTimestamp: minutesAgo(0) }),
    },
    spec: {
      containers: [{ name: "web", ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }] }],
      nodeName: node,
    },
    status: {
      phase,
      podIP: ip,
      conditions: [{ type: "Ready", status: isReady && readyMinutes !== -1 ? "True" : "False", lastTransitionTime }],
      containerStatuses: [{ name: "web", restartCount: restarts }],
    },
  } as unknown as Pod;
}

const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "web:1" }] } };

/** A deployment of so many replicas; `spec` and `status` are laid over. */
export function deployment(replicas: number, spec: object = {}, status: object = {}): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default", uid: "uid-web", resourceVersion: "1", generation: 1 },
    spec: {
      replicas,
      selector: { matchLabels: { app: "web" } },
      template,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...spec,
    },
    status,
  } as unknown as Deployment;
}

export interface SetTraits {
  readonly available?: number;
  readonly has?: number;
  readonly max?: number;
  readonly desired?: number;
  readonly revision?: number;
  readonly ageMinutes?: number;
}

/** A ReplicaSet that wants `replicas`; `available` defaults to all of them. */
export function replicaSet(name: string, replicas: number, traits: SetTraits = {}): ReplicaSet {
  const { available = replicas, has = replicas, max, desired, revision, ageMinutes = 60 } = traits;
  const sizes = { "desired-replicas": desired, "max-replicas": max, revision };
  const annotations = Object.entries(sizes).flatMap(([key, value]) =>
    value === undefined ? [] : [[`deployment.kubernetes.io/${key}`, String(value)]],
  );
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name,
      namespace: "default",
      uid: `uid-${name}`,
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: minutesAgo(ageMinutes),
      annotations: Object.fromEntries(annotations),
    },
    spec: { replicas, selector: {}, template },
    status: { replicas: has, readyReplicas: available, availableReplicas: available, observedGeneration: 1 },
  } as unknown as ReplicaSet;
}
