import { AGE, NAME, column, containerColumns, labelsText, selectorText, wideColumn } from "../columns.ts";
import { setPodTemplateDefaults } from "../core/pod_defaults.ts";
import type { ValueOf } from "../schema/schema.ts";
import { LabelSelector } from "../meta/label_selector.ts";
import { equalJson } from "../json.ts";
import { NamespacedMeta, type ObjectMeta } from "../meta/object_meta.ts";
import { PodTemplateSpec } from "../core/pod_spec.ts";
import { int32, int64, intOrString, list, of, ptr, string, time } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateDaemonSet, validateDaemonSetUpdate, validateDaemonSetStatusUpdate } from "../validation/daemonset.ts";

export const RollingUpdateDaemonSet = object("io.k8s.api.apps.v1.RollingUpdateDaemonSet", {
  maxUnavailable: intOrString(1, { ptr: true }),
  maxSurge: intOrString(2, { ptr: true }),
});
export interface RollingUpdateDaemonSet extends ValueOf<typeof RollingUpdateDaemonSet> {}

export const DaemonSetUpdateStrategy = object("io.k8s.api.apps.v1.DaemonSetUpdateStrategy", {
  type: string(1, { default: "RollingUpdate", enum: ["OnDelete", "RollingUpdate"] }),
  rollingUpdate: ptr(2, RollingUpdateDaemonSet),
});
export interface DaemonSetUpdateStrategy extends ValueOf<typeof DaemonSetUpdateStrategy> {}

export const DaemonSetSpec = object("io.k8s.api.apps.v1.DaemonSetSpec", {
  selector: ptr(1, LabelSelector, { required: true }),
  template: of(2, PodTemplateSpec, { required: true }),
  updateStrategy: of(3, DaemonSetUpdateStrategy),
  minReadySeconds: int32(4),
  revisionHistoryLimit: int32(6, { ptr: true, default: 10 }),
});
export interface DaemonSetSpec extends ValueOf<typeof DaemonSetSpec> {}

export const DaemonSetCondition = object("io.k8s.api.apps.v1.DaemonSetCondition", {
  type: string(1, { required: true, always: true }),
  status: string(2, { required: true, always: true }),
  lastTransitionTime: time(3),
  reason: string(4),
  message: string(5),
});
export interface DaemonSetCondition extends ValueOf<typeof DaemonSetCondition> {}

export const DaemonSetStatus = object("io.k8s.api.apps.v1.DaemonSetStatus", {
  currentNumberScheduled: int32(1, { required: true, always: true }),
  numberMisscheduled: int32(2, { required: true, always: true }),
  desiredNumberScheduled: int32(3, { required: true, always: true }),
  numberReady: int32(4, { required: true, always: true }),
  observedGeneration: int64(5),
  updatedNumberScheduled: int32(6),
  numberAvailable: int32(7),
  numberUnavailable: int32(8),
  collisionCount: int32(9, { ptr: true }),
  conditions: list(10, DaemonSetCondition, { mapKeys: ["type"], patchStrategy: "merge", patchMergeKey: "type" }),
});
export interface DaemonSetStatus extends ValueOf<typeof DaemonSetStatus> {}

/** How many templates the set has had. Pods still bear it as a label, beside their revision's hash. */
const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

function templateGenerationOf({ metadata }: { readonly metadata: ObjectMeta }): number | undefined {
  const text = metadata.annotations?.[TEMPLATE_GENERATION];
  return text !== undefined && /^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined;
}

export const DaemonSet = kind(
  "io.k8s.api.apps.v1.DaemonSet",
  { group: "apps", version: "v1", kind: "DaemonSet", plural: "daemonsets", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    spec: of(2, DaemonSetSpec),
    status: of(3, DaemonSetStatus),
  },
  {
    shortNames: ["ds"],
    categories: ["all"],
    generation: true,
    subresources: {
      status: { kind: "DaemonSet", group: "apps", version: "v1", verbs: ["get", "patch", "update"] },
    },
    setDefaults({ spec }) {
      if (!spec) return;
      setPodTemplateDefaults(spec.template);
      const strategy = (spec.updateStrategy ??= {});
      strategy.type ||= "RollingUpdate";
      if (strategy.type !== "RollingUpdate") return;
      const rolling = (strategy.rollingUpdate ??= {});
      rolling.maxUnavailable ??= 1;
      rolling.maxSurge ??= 0;
    },
    prepare(next, previous) {
      const before = previous && templateGenerationOf(previous);
      const given = before ?? templateGenerationOf(next) ?? 1;
      const isChanged = previous !== undefined && !equalJson(previous.spec.template, next.spec.template);
      next.metadata.annotations = {
        ...next.metadata.annotations,
        [TEMPLATE_GENERATION]: String(isChanged ? given + 1 : given),
      };
    },
    columns: [
      NAME,
      column("Desired", "integer", "Nodes that should run a pod.", ({ status }) => status.desiredNumberScheduled),
      column("Current", "integer", "Nodes that have one.", ({ status }) => status.currentNumberScheduled),
      column("Ready", "integer", "Nodes whose pod is ready.", ({ status }) => status.numberReady),
      column(
        "Up-to-date",
        "integer",
        "Pods of the current template.",
        ({ status }) => status.updatedNumberScheduled ?? 0,
      ),
      column("Available", "integer", "Pods ready for long enough.", ({ status }) => status.numberAvailable ?? 0),
      column("Node Selector", "string", "Labels of the nodes.", ({ spec }) =>
        labelsText(spec.template.spec.nodeSelector),
      ),
      AGE,
      ...containerColumns((set: { spec: DaemonSetSpec }) => set.spec.template),
      wideColumn("Selector", "string", "Which pods are its own.", ({ spec }) => selectorText(spec.selector)),
    ],
    validate: validateDaemonSet,
    validateUpdate: validateDaemonSetUpdate,
    validateStatusUpdate: validateDaemonSetStatusUpdate,
  },
);
export interface DaemonSet extends ObjectOf<typeof DaemonSet> {}
export type DaemonSetDraft = DraftObjectOf<typeof DaemonSet>;
