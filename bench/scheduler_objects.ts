import type { NodeDraft } from "#api/core/node.ts";
import type { PodDraft } from "#api/core/pod.ts";

const ZONES = 10;
const GIB = "Gi";

/** A node of 32 cpus, 128 Gi and 110 places, in one of ten zones. */
export function nodeDraft(at: number): NodeDraft & { readonly metadata: { readonly name: string } } {
  const name = `node-${String(at).padStart(4, "0")}`;
  const zone = `zone-${at % ZONES}`;
  const capacity = { cpu: "32", memory: `128${GIB}`, pods: "110" };
  return {
    metadata: { name, labels: { "kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone } },
    status: { capacity, allocatable: capacity, conditions: [{ type: "Ready", status: "True" }] },
  };
}

/** What the pods of a benchmark ask for beside cpu and memory. */
export type PodSort = "plain" | "spread" | "apart";

const APPS = 100;

/** A pod of one of a hundred applications. */
export function podDraft(at: number, sort: PodSort): PodDraft {
  const app = `app-${at % APPS}`;
  const labelSelector = { matchLabels: { app } };
  const constraint = { maxSkew: 1, labelSelector, whenUnsatisfiable: "DoNotSchedule" };
  const spread = { topologySpreadConstraints: [{ ...constraint, topologyKey: "topology.kubernetes.io/zone" }] };
  const term = { labelSelector, topologyKey: "kubernetes.io/hostname" };
  const apart = { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };
  return {
    metadata: { name: `pod-${at}`, namespace: "default", labels: { app } },
    spec: {
      containers: [{ name: "app", image: "app:1", resources: { requests: { cpu: "100m", memory: "256Mi" } } }],
      ...(sort === "spread" && spread),
      ...(sort === "apart" && apart),
    },
  };
}
