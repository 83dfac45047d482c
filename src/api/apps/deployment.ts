import { AGE, NAME, column, containerColumns, selectorText, wideColumn } from "../columns.ts";
import { setPodTemplateDefaults } from "../core/pod_defaults.ts";
import type { ValueOf } from "../schema/schema.ts";
import { keep } from "../lifecycle.ts";
import { LabelSelector } from "../meta/label_selector.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { PodTemplateSpec } from "../core/pod_spec.ts";
import { boolean, int32, int64, intOrString, list, of, ptr, string, time } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import {
  validateDeployment,
  validateDeploymentUpdate,
  validateDeploymentStatusUpdate,
} from "../validation/deployment.ts";

export const RollingUpdateDeployment = object("io.k8s.api.apps.v1.RollingUpdateDeployment", {
  maxUnavailable: intOrString(1, { ptr: true }),
  maxSurge: intOrString(2, { ptr: true }),
});
export interface RollingUpdateDeployment extends ValueOf<typeof RollingUpdateDeployment> {}

export const DeploymentStrategy = object("io.k8s.api.apps.v1.DeploymentStrategy", {
  type: string(1, { default: "RollingUpdate", enum: ["Recreate", "RollingUpdate"] }),
  rollingUpdate: ptr(2, RollingUpdateDeployment),
});
export interface DeploymentStrategy extends ValueOf<typeof DeploymentStrategy> {}

export const DeploymentSpec = object("io.k8s.api.apps.v1.DeploymentSpec", {
  replicas: int32(1, { ptr: true, default: 1 }),
  selector: ptr(2, LabelSelector, { required: true }),
  template: of(3, PodTemplateSpec, { required: true }),
  strategy: of(4, DeploymentStrategy, { patchStrategy: "retainKeys" }),
  minReadySeconds: int32(5),
  revisionHistoryLimit: int32(6, { ptr: true, default: 10 }),
  paused: boolean(7),
  progressDeadlineSeconds: int32(9, { ptr: true, default: 600 }),
});
export interface DeploymentSpec extends ValueOf<typeof DeploymentSpec> {}

export const DeploymentCondition = object("io.k8s.api.apps.v1.DeploymentCondition", {
  type: string(1, { required: true, always: true }),
  status: string(2, { required: true, always: true }),
  lastUpdateTime: time(6),
  lastTransitionTime: time(7),
  reason: string(4),
  message: string(5),
});
export interface DeploymentCondition extends ValueOf<typeof DeploymentCondition> {}

export const DeploymentStatus = object("io.k8s.api.apps.v1.DeploymentStatus", {
  observedGeneration: int64(1),
  replicas: int32(2),
  updatedReplicas: int32(3),
  readyReplicas: int32(7),
  availableReplicas: int32(4),
  unavailableReplicas: int32(5),
  terminatingReplicas: int32(9, { ptr: true }),
  conditions: list(6, DeploymentCondition, { mapKeys: ["type"], patchStrategy: "merge", patchMergeKey: "type" }),
  collisionCount: int32(8, { ptr: true }),
});
export interface DeploymentStatus extends ValueOf<typeof DeploymentStatus> {}

export const Deployment = kind(
  "io.k8s.api.apps.v1.Deployment",
  { group: "apps", version: "v1", kind: "Deployment", plural: "deployments", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    spec: of(2, DeploymentSpec),
    status: of(3, DeploymentStatus),
  },
  {
    shortNames: ["deploy"],
    categories: ["all"],
    generation: "withAnnotations",
    subresources: {
      scale: { kind: "Scale", group: "autoscaling", version: "v1", verbs: ["get", "patch", "update"] },
      status: { kind: "Deployment", group: "apps", version: "v1", verbs: ["get", "patch", "update"] },
    },
    prepareStatus(next, previous) {
      keep(next.metadata, previous.metadata, "labels");
    },
    setDefaults({ spec }) {
      if (!spec) return;
      setPodTemplateDefaults(spec.template);
      const strategy = (spec.strategy ??= {});
      strategy.type ||= "RollingUpdate";
      if (strategy.type !== "RollingUpdate") return;
      const rolling = (strategy.rollingUpdate ??= {});
      rolling.maxUnavailable ??= "25%";
      rolling.maxSurge ??= "25%";
    },
    columns: [
      NAME,
      column(
        "Ready",
        "string",
        "Pods ready, of those wanted.",
        ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas}`,
      ),
      column("Up-to-date", "string", "Pods of the current template.", ({ status }) => status.updatedReplicas ?? 0),
      column("Available", "string", "Pods ready for long enough.", ({ status }) => status.availableReplicas ?? 0),
      AGE,
      ...containerColumns((deployment: { spec: DeploymentSpec }) => deployment.spec.template),
      wideColumn("Selector", "string", "Which pods are its own.", ({ spec }) => selectorText(spec.selector)),
    ],
    validate: validateDeployment,
    validateUpdate: validateDeploymentUpdate,
    validateStatusUpdate: validateDeploymentStatusUpdate,
  },
);
export interface Deployment extends ObjectOf<typeof Deployment> {}
export type DeploymentDraft = DraftObjectOf<typeof Deployment>;
