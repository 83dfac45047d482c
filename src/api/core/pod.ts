import { POD_COLUMNS, podRowConditions } from "./pod_columns.ts";
import { setPodSpecDefaults } from "./pod_defaults.ts";
import { setPodOnlyDefaults } from "./pod_requests.ts";
import { qosClass } from "./pod_qos.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { PodSpec } from "./pod_spec.ts";
import { PodStatus } from "./pod_status.ts";
import { EPHEMERAL_CONTAINERS, RESIZE } from "./pod_parts.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { of } from "../schema/field.ts";
import { validatePod, validatePodUpdate, validatePodStatusUpdate } from "../validation/pod.ts";

/** Said from the beginning of a pod that is not to be placed yet (registry/core/pod/strategy.go). */
const GATED = {
  type: "PodScheduled",
  status: "False",
  reason: "SchedulingGated",
  message: "Scheduling is blocked due to non-empty scheduling gates",
};

export const Pod = kind(
  "io.k8s.api.core.v1.Pod",
  { group: "", version: "v1", kind: "Pod", plural: "pods", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    spec: of(2, PodSpec),
    status: of(3, PodStatus),
  },
  {
    shortNames: ["po"],
    categories: ["all"],
    generation: true,
    subresources: {
      attach: { kind: "PodAttachOptions", group: "", version: "v1", verbs: ["create", "get"], connect: true },
      binding: { kind: "Binding", group: "", version: "v1", verbs: ["create"] },
      ephemeralcontainers: { kind: "Pod", group: "", version: "v1", verbs: ["get", "patch", "update"] },
      eviction: { kind: "Eviction", group: "policy", version: "v1", verbs: ["create"] },
      exec: { kind: "PodExecOptions", group: "", version: "v1", verbs: ["create", "get"], connect: true },
      log: { kind: "Pod", group: "", version: "v1", verbs: ["get"], connect: true },
      portforward: { kind: "PodPortForwardOptions", group: "", version: "v1", verbs: ["create", "get"], connect: true },
      proxy: {
        kind: "PodProxyOptions",
        group: "",
        version: "v1",
        verbs: ["create", "delete", "get", "patch", "update"],
        connect: true,
      },
      resize: { kind: "Pod", group: "", version: "v1", verbs: ["get", "patch", "update"] },
      status: { kind: "Pod", group: "", version: "v1", verbs: ["get", "patch", "update"] },
    },
    selectableFields: {
      "spec.nodeName": (pod) => pod.spec.nodeName ?? "",
      "spec.restartPolicy": (pod) => pod.spec.restartPolicy,
      "spec.schedulerName": (pod) => pod.spec.schedulerName,
      "spec.serviceAccountName": (pod) => pod.spec.serviceAccountName ?? "",
      "spec.hostNetwork": (pod) => String(pod.spec.hostNetwork ?? false),
      "status.phase": (pod) => pod.status.phase ?? "",
      "status.podIP": (pod) => pod.status.podIP ?? "",
      "status.podIPs": (pod) => (pod.status.podIPs ?? []).map(({ ip }) => ip).join(","),
      "status.nominatedNodeName": (pod) => pod.status.nominatedNodeName ?? "",
    },
    setDefaults({ spec }) {
      if (!spec) return;
      setPodSpecDefaults(spec);
      setPodOnlyDefaults(spec);
    },
    prepare(next, previous) {
      if (previous) return;
      next.status = { phase: "Pending", qosClass: qosClass(next.spec) };
      if ((next.spec.schedulingGates ?? []).length > 0) next.status.conditions = [{ ...GATED }];
    },
    parts: { ephemeralcontainers: EPHEMERAL_CONTAINERS, resize: RESIZE },
    columns: POD_COLUMNS,
    rowConditions: podRowConditions,
    validate: validatePod,
    validateUpdate: validatePodUpdate,
    validateStatusUpdate: validatePodStatusUpdate,
  },
);
export interface Pod extends ObjectOf<typeof Pod> {}
export type PodDraft = DraftObjectOf<typeof Pod>;
