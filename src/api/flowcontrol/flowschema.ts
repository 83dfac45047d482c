import type { ValueOf } from "../schema/schema.ts";
import { AGE, NAME, column } from "../columns.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { PolicyRulesWithSubjects } from "./flow_subjects.ts";
import { int32, list, of, ptr, string, time } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateFlowSchema } from "../validation/flowcontrol.ts";

export const PriorityLevelConfigurationReference = object(
  "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationReference",
  {
    name: string(1, { required: true, always: true }),
  },
);
export interface PriorityLevelConfigurationReference extends ValueOf<typeof PriorityLevelConfigurationReference> {}

export const FlowDistinguisherMethod = object("io.k8s.api.flowcontrol.v1.FlowDistinguisherMethod", {
  type: string(1, { required: true, always: true }),
});
export interface FlowDistinguisherMethod extends ValueOf<typeof FlowDistinguisherMethod> {}

export const FlowSchemaSpec = object("io.k8s.api.flowcontrol.v1.FlowSchemaSpec", {
  priorityLevelConfiguration: of(1, PriorityLevelConfigurationReference, { required: true }),
  matchingPrecedence: int32(2, { always: true, default: 1000 }),
  distinguisherMethod: ptr(3, FlowDistinguisherMethod),
  rules: list(4, PolicyRulesWithSubjects),
});
export interface FlowSchemaSpec extends ValueOf<typeof FlowSchemaSpec> {}

export const FlowSchemaCondition = object("io.k8s.api.flowcontrol.v1.FlowSchemaCondition", {
  type: string(1),
  status: string(2),
  lastTransitionTime: time(3),
  reason: string(4),
  message: string(5),
});
export interface FlowSchemaCondition extends ValueOf<typeof FlowSchemaCondition> {}

export const FlowSchemaStatus = object("io.k8s.api.flowcontrol.v1.FlowSchemaStatus", {
  conditions: list(1, FlowSchemaCondition, { mapKeys: ["type"], patchStrategy: "merge", patchMergeKey: "type" }),
});
export interface FlowSchemaStatus extends ValueOf<typeof FlowSchemaStatus> {}

/** Which requests belong to which priority level. */
export const FlowSchema = kind(
  "io.k8s.api.flowcontrol.v1.FlowSchema",
  { group: "flowcontrol.apiserver.k8s.io", version: "v1", kind: "FlowSchema", plural: "flowschemas", scope: "Cluster" },
  {
    metadata: of(1, ClusterMeta),
    spec: of(2, FlowSchemaSpec),
    status: of(3, FlowSchemaStatus),
  },
  {
    subresources: {
      status: {
        kind: "FlowSchema",
        group: "flowcontrol.apiserver.k8s.io",
        version: "v1",
        verbs: ["get", "patch", "update"],
      },
    },
    generation: true,
    columns: [
      NAME,
      column("PriorityLevel", "string", "Where its requests wait.", ({ spec }) => spec.priorityLevelConfiguration.name),
      column("MatchingPrecedence", "string", "Lower is asked first.", ({ spec }) => spec.matchingPrecedence),
      column(
        "DistinguisherMethod",
        "string",
        "What tells its flows apart.",
        ({ spec }) => spec.distinguisherMethod?.type ?? "<none>",
      ),
      AGE,
      column(
        "MissingPL",
        "string",
        "Its priority level does not exist.",
        ({ status }) => status.conditions?.find(({ type }) => type === "Dangling")?.status ?? "?",
      ),
    ],
    validate: validateFlowSchema,
  },
);
export interface FlowSchema extends ObjectOf<typeof FlowSchema> {}
export type FlowSchemaDraft = DraftObjectOf<typeof FlowSchema>;
