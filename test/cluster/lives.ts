import type { Cluster } from "knarr";
import { CronJob } from "#api/batch/cronjob.ts";
import { Job } from "#api/batch/job.ts";
import { ConfigMap, DaemonSet, Deployment, Namespace, Node, Pod, ReplicaSet, ReplicationController } from "knarr";
import { PersistentVolume, PersistentVolumeClaim, Service, ServiceAccount, StatefulSet } from "knarr";
import type { AnyKind } from "#api/object.ts";

type Step = (cluster: Cluster) => Promise<unknown>;

/** Something to live through. Time passes after each step, enough for what it sets off to end. */
export interface Life {
  readonly steps: readonly Step[];
  /** How much after each step; a Go duration, `20s` by default. */
  readonly rest?: string;
}

const NAMESPACE = "default";

const apply =
  (...manifests: readonly string[]): Step =>
  (cluster) =>
    cluster.apply(manifests.join("\n---\n"));

const merge =
  (kind: AnyKind, name: string, body: object): Step =>
  ({ client }) =>
    client.patch(kind, { name, ...(kind.scope === "Namespaced" && { namespace: NAMESPACE }) }, { type: "merge", body });

const setImage = (kind: AnyKind, name: string, image: string): Step =>
  merge(kind, name, { spec: { template: { spec: { containers: [{ name: "c", image }] } } } });

const scale = (kind: AnyKind, name: string, replicas: number): Step => merge(kind, name, { spec: { replicas } });

const remove =
  (
    kind: AnyKind,
    name: string,
    propagationPolicy?: "Foreground" | "Background" | "Orphan",
    namespace = NAMESPACE,
  ): Step =>
  ({ client }) =>
    client.delete(kind, { name, ...(kind.scope === "Namespaced" && { namespace }) }, { propagationPolicy });

/** Deletes one of the pods of an app. */
const removePod =
  (app: string): Step =>
  async ({ client }) => {
    const [pod] = (await client.list(Pod, { namespace: NAMESPACE, labelSelector: `app=${app}` })).items;
    if (pod) await client.delete(Pod, pod.metadata);
  };

const power =
  (at: number, isOn: boolean): Step =>
  async ({ clock, simulatedNodes }) => {
    if (isOn) await clock.during(simulatedNodes[at]?.start() ?? Promise.resolve());
    else simulatedNodes[at]?.kill();
  };

const wait =
  (duration: string): Step =>
  ({ clock }) =>
    clock.advance(duration);

const podOf = (app: string, image: string, more = "") =>
  `{ metadata: { labels: { app: ${app} } }, spec: { ${more} containers: [{ name: c, image: "${image}" }] } }`;

const workload = (kind: string, name: string, spec = "", image = "app:1") => `
apiVersion: apps/v1
kind: ${kind}
metadata: { name: ${name} }
spec: { ${spec} selector: { matchLabels: { app: ${name} } }, template: ${podOf(name, image)} }`;

const service = (name: string) => `
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: ${name} }, ports: [{ name: http, port: 80 }] }`;

const job = (name: string, spec: string, image = "work:1") => `
apiVersion: batch/v1
kind: Job
metadata: { name: ${name} }
spec: { ${spec} template: ${podOf(name, image, "restartPolicy: Never,")} }`;

const budget = `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { minAvailable: 2, selector: { matchLabels: { app: web } } }`;

const claim = (name: string, spec = "") => `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: ${name} }
spec: { ${spec} accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }`;

const volume = (name: string) => `
apiVersion: v1
kind: PersistentVolume
metadata: { name: ${name} }
spec: { capacity: { storage: 1Gi }, accessModes: [ReadWriteOnce], hostPath: { path: /srv } }`;

/** A pod with a claim, on a node of which the end does not depend on chance. */
const user = (name: string) => `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { app: ${name} } }
spec:
  nodeSelector: { kubernetes.io/hostname: simulated-1 }
  containers: [{ name: c, image: "app:1", volumeMounts: [{ name: v, mountPath: /data }] }]
  volumes: [{ name: v, persistentVolumeClaim: { claimName: ${name} } }]`;

const scratchUser = `
apiVersion: v1
kind: Pod
metadata: { name: scratch, labels: { app: scratch } }
spec:
  nodeSelector: { kubernetes.io/hostname: simulated-1 }
  containers: [{ name: c, image: "app:1", volumeMounts: [{ name: v, mountPath: /data }] }]
  volumes:
    - name: v
      ephemeral:
        volumeClaimTemplate: { spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } } }`;

/** Volumes made for their pods, and volumes that were there, given back by one claim and not by another. */
const stored: readonly Step[] = [
  apply(claim("fresh"), user("fresh"), claim("kept"), user("kept")),
  apply(volume("old"), claim("old", 'storageClassName: "", volumeName: old,')),
  removePod("fresh"),
  remove(PersistentVolumeClaim, "fresh"),
  remove(PersistentVolumeClaim, "old"),
  remove(PersistentVolume, "old"),
];

const rollingDeployment: readonly Step[] = [
  apply(workload("Deployment", "web", "replicas: 3,")),
  setImage(Deployment, "web", "app:2"),
  scale(Deployment, "web", 5),
  setImage(Deployment, "web", "app:1"),
];

const served: readonly Step[] = [
  apply(workload("Deployment", "web", "replicas: 2,"), service("web")),
  setImage(Deployment, "web", "app:2"),
  scale(Deployment, "web", 4),
  merge(Service, "web", { spec: { selector: { app: "nobody" } } }),
  merge(Service, "web", { spec: { selector: { app: "web" } } }),
];

const lostNode: readonly Step[] = [
  apply(workload("Deployment", "web", "replicas: 4,"), workload("DaemonSet", "agent")),
  power(0, false),
  wait("8m"),
  power(0, true),
  wait("1m"),
];

/** What each controller is put through. A controller has no proof without its row: the test says so. */
export const LIVES: Readonly<Record<string, Life>> = {
  deployment: { steps: rollingDeployment, rest: "10s" },
  replicaset: {
    steps: [
      apply(workload("ReplicaSet", "web", "replicas: 3,")),
      removePod("web"),
      scale(ReplicaSet, "web", 1),
      scale(ReplicaSet, "web", 2),
    ],
  },
  replicationcontroller: {
    steps: [
      apply(`
apiVersion: v1
kind: ReplicationController
metadata: { name: web }
spec: { replicas: 3, selector: { app: web }, template: ${podOf("web", "app:1")} }`),
      removePod("web"),
      scale(ReplicationController, "web", 1),
    ],
  },
  daemonset: {
    steps: [
      apply(workload("DaemonSet", "agent")),
      setImage(DaemonSet, "agent", "app:2"),
      merge(Node, "simulated-1", { spec: { unschedulable: true } }),
      removePod("agent"),
      merge(Node, "simulated-1", { spec: { unschedulable: null } }),
      setImage(DaemonSet, "agent", "app:1"),
    ],
  },
  statefulset: {
    steps: [
      apply(workload("StatefulSet", "db", "serviceName: db, replicas: 3,"), service("db")),
      setImage(StatefulSet, "db", "app:2"),
      removePod("db"),
      scale(StatefulSet, "db", 1),
      merge(StatefulSet, "db", { spec: { replicas: 4, podManagementPolicy: "OrderedReady" } }),
    ],
  },
  job: {
    rest: "40s",
    steps: [
      apply(job("sum", "completions: 3, parallelism: 2,"), job("lost", "backoffLimit: 1,", "work:fails")),
      apply(job("each", "completions: 3, parallelism: 3, completionMode: Indexed,")),
      apply(job("late", "parallelism: 2, activeDeadlineSeconds: 4,", "work:stubborn")),
      merge(Job, "sum", { spec: { suspend: true } }),
    ],
  },
  cronjob: {
    rest: "3m10s",
    steps: [
      apply(`
apiVersion: batch/v1
kind: CronJob
metadata: { name: tick }
spec:
  schedule: "* * * * *"
  successfulJobsHistoryLimit: 1
  failedJobsHistoryLimit: 1
  jobTemplate: { spec: { backoffLimit: 0, template: ${podOf("tick", "work:1", "restartPolicy: Never,")} } }`),
      merge(CronJob, "tick", { spec: { suspend: true } }),
    ],
  },
  "job-orphan": {
    rest: "1m",
    steps: [
      apply(job("sum", "completions: 2, parallelism: 2,", "work:stubborn")),
      apply(job("kept", "completions: 2, parallelism: 2,", "work:stubborn")),
      ({ client }) => client.delete(Job, { namespace: NAMESPACE, name: "kept" }, { propagationPolicy: "Orphan" }),
      remove(Job, "sum", "Background"),
    ],
  },
  "ttl-after-finished": {
    rest: "40s",
    steps: [apply(job("brief", "ttlSecondsAfterFinished: 5,")), apply(job("briefer", "ttlSecondsAfterFinished: 0,"))],
  },
  disruption: {
    steps: [
      apply(workload("Deployment", "web", "replicas: 3,"), budget),
      scale(Deployment, "web", 5),
      async ({ client }) => {
        for (const { metadata } of (await client.list(Pod, { namespace: NAMESPACE })).items) {
          const { name, namespace } = metadata;
          const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
          await client.createSubresource(Pod, metadata, "eviction", eviction).catch(() => {});
        }
      },
    ],
  },
  endpointslice: { steps: served, rest: "1m" },
  endpoints: { steps: served, rest: "1m" },
  namespace: {
    steps: [
      apply(`{ apiVersion: v1, kind: Namespace, metadata: { name: shop } }`),
      ({ client }) =>
        client.create(ConfigMap, { metadata: { namespace: "shop", name: "prices" }, data: { bread: "3" } }),
      ({ client }) =>
        client.create(Pod, {
          metadata: { namespace: "shop", name: "till" },
          spec: { containers: [{ name: "c", image: "app:1" }] },
        }),
      remove(Namespace, "shop"),
    ],
  },
  serviceaccount: {
    steps: [
      apply(`{ apiVersion: v1, kind: Namespace, metadata: { name: shop } }`),
      remove(ServiceAccount, "default", undefined, "shop"),
    ],
  },
  "root-ca": {
    steps: [
      apply(`{ apiVersion: v1, kind: Namespace, metadata: { name: shop } }`),
      remove(ConfigMap, "kube-root-ca.crt", undefined, "shop"),
      merge(ConfigMap, "kube-root-ca.crt", { data: { "ca.crt": "forged" } }),
    ],
  },
  "clusterrole-aggregation": {
    steps: [
      apply(
        `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: part, labels: { into: whole } }
rules: [{ apiGroups: [""], resources: [pods], verbs: [get] }]`,
        `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: whole }
aggregationRule: { clusterRoleSelectors: [{ matchLabels: { into: whole } }] }`,
      ),
      apply(`
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: part, labels: { into: whole } }
rules: [{ apiGroups: [""], resources: [pods, nodes], verbs: [get, list] }]`),
    ],
  },
  "endpointslice-mirroring": {
    steps: [
      apply(
        `{ apiVersion: v1, kind: Service, metadata: { name: far }, spec: { ports: [{ port: 80 }] } }`,
        `
apiVersion: v1
kind: Endpoints
metadata: { name: far }
subsets: [{ addresses: [{ ip: 192.0.2.1 }, { ip: 192.0.2.2 }], ports: [{ port: 80 }] }]`,
      ),
      apply(`
apiVersion: v1
kind: Endpoints
metadata: { name: far }
subsets: [{ addresses: [{ ip: 192.0.2.3 }], ports: [{ port: 80 }] }]`),
    ],
  },
  resourcequota: {
    steps: [
      apply(`
apiVersion: v1
kind: ResourceQuota
metadata: { name: few }
spec: { hard: { pods: "2" } }`),
      apply(workload("Deployment", "web", "replicas: 1,")),
      removePod("web"),
    ],
  },
  "serviceaccount-token": {
    steps: [
      apply(`
apiVersion: v1
kind: Secret
metadata: { name: token, annotations: { kubernetes.io/service-account.name: default } }
type: kubernetes.io/service-account-token`),
      apply(`{ apiVersion: v1, kind: ServiceAccount, metadata: { name: brief } }`),
      remove(ServiceAccount, "brief"),
    ],
  },
  "horizontal-pod-autoscaler": {
    rest: "2m",
    steps: [
      apply(
        `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web }, annotations: { usage.knarr.dev/cpu: 200m } }
    spec: { containers: [{ name: c, image: "app:1", resources: { requests: { cpu: 100m } } }] }`,
        `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec:
  maxReplicas: 3
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
  metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 100 } } }]`,
      ),
    ],
  },
  "node-lifecycle": { steps: lostNode },
  "taint-eviction": { steps: lostNode },
  "pod-garbage-collector": {
    rest: "4m",
    steps: [
      apply(workload("Deployment", "web", "replicas: 4,")),
      async ({ client, simulatedNodes }) => {
        simulatedNodes[0]?.kill();
        await client.delete(Node, { name: "simulated-1" });
      },
      power(0, true),
    ],
  },
  "garbage-collector": {
    steps: [
      apply(workload("Deployment", "web", "replicas: 3,"), workload("Deployment", "api", "replicas: 2,")),
      remove(Deployment, "web", "Background"),
      remove(Deployment, "api", "Foreground"),
      apply(workload("ReplicaSet", "left", "replicas: 2,")),
      remove(ReplicaSet, "left", "Orphan"),
    ],
  },
  "persistentvolume-binder": { steps: stored },
  persistentvolume: { steps: stored },
  "local-path-provisioner": { steps: stored },
  "persistentvolume-expander": {
    steps: [
      apply(claim("fresh"), user("fresh")),
      merge(PersistentVolumeClaim, "fresh", { spec: { resources: { requests: { storage: "2Gi" } } } }),
    ],
  },
  "ephemeral-volume": { steps: [apply(scratchUser), removePod("scratch")] },
  "persistentvolumeclaim-protection": { steps: stored },
  "persistentvolume-protection": { steps: stored },
  scheduler: {
    steps: [
      apply(claim("fresh"), user("fresh")),
      apply(workload("Deployment", "web", "replicas: 4,")),
      merge(Node, "simulated-1", { spec: { unschedulable: true } }),
      scale(Deployment, "web", 8),
    ],
  },
};
