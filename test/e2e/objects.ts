import { IMAGE } from "./cluster.ts";

/** What the tests look at of a pod. */
export interface PodView {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly controller?: boolean;
    }[];
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly { readonly name: string; readonly image: string; readonly imagePullPolicy: string }[];
  };
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly ContainerStatusView[];
  };
}

export interface ContainerStatusView {
  readonly restartCount: number;
  readonly containerID?: string;
  readonly ready: boolean;
  readonly state: {
    readonly waiting?: { readonly reason: string; readonly message?: string };
    readonly running?: { readonly startedAt: string };
    readonly terminated?: { readonly exitCode: number; readonly reason: string };
  };
  readonly lastState: { readonly terminated?: { readonly exitCode: number; readonly reason: string } };
}

export interface DeploymentView {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly replicas: number };
  readonly status: {
    readonly replicas?: number;
    readonly availableReplicas?: number;
    readonly updatedReplicas?: number;
  };
}

export interface List<T> {
  readonly items: readonly T[];
}

export function isReady({ metadata, status }: PodView): boolean {
  return (
    metadata.deletionTimestamp === undefined &&
    (status.conditions ?? []).some((condition) => condition.type === "Ready" && condition.status === "True")
  );
}

/** Serves its version and its pod's name on port 3000 in few megabytes; ends at once when told to. */
const SERVE =
  "trap 'kill $!; exit 0' TERM; mkdir -p /tmp/www; echo ${VERSION:-v1} $(hostname) > /tmp/www/index.html; " +
  "httpd -f -p 3000 -h /tmp/www & wait";

/** A container of the small server; `more` is laid over it. */
export function server(more: object = {}): Record<string, unknown> {
  return {
    name: "server",
    image: IMAGE.v1,
    command: ["sh", "-c", SERVE],
    ports: [{ containerPort: 3000 }],
    readinessProbe: { tcpSocket: { port: 3000 }, periodSeconds: 1 },
    ...more,
  };
}

/** A container that runs a script. */
export function shell(script: string, more: object = {}): Record<string, unknown> {
  return { name: "main", image: IMAGE.v1, command: ["sh", "-c", script], ...more };
}

/** A script's way to run for ever, and to end at once when told to. */
export const FOREVER = "trap 'exit 0' TERM; sleep 1000000 & wait";

export function pod(name: string, container: object, spec: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: { terminationGracePeriodSeconds: 5, containers: [container], ...spec },
  };
}

export function deployment(name: string, replicas: number, container: object, spec: object = {}): object {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 5, containers: [container] } },
      ...spec,
    },
  };
}

export function service(name: string, spec: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, labels: { app: name } },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 3000 }], ...spec },
  };
}

/** A CronJob whose Jobs run `command` once. */
export function cronJob(name: string, schedule: string, command: readonly string[]): object {
  const container = { name, image: IMAGE.v1, command };
  const template = { spec: { restartPolicy: "OnFailure", containers: [container] } };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name },
    spec: { schedule, jobTemplate: { spec: { template } } },
  };
}

/** A PodDisruptionBudget for the pods of the Deployment of its name. */
export function budget(name: string, minAvailable: number): object {
  const spec = { minAvailable, selector: { matchLabels: { app: name } } };
  return { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name }, spec };
}
