import type { ValueOf } from "../schema/schema.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { PRIORITY_LEVEL_COLUMNS } from "./priority_level_columns.ts";
import { int32, list, of, ptr, string, time } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validatePriorityLevel } from "../validation/flowcontrol.ts";

export const QueuingConfiguration = object("io.k8s.api.flowcontrol.v1.QueuingConfiguration", {
  queues: int32(1, { always: true, default: 64 }),
  handSize: int32(2, { always: true, default: 8 }),
  queueLengthLimit: int32(3, { always: true, default: 50 }),
});
export interface QueuingConfiguration extends ValueOf<typeof QueuingConfiguration> {}

export const LimitResponse = object("io.k8s.api.flowcontrol.v1.LimitResponse", {
  type: string(1, { required: true, always: true }),
  queuing: ptr(2, QueuingConfiguration),
});
export interface LimitResponse extends ValueOf<typeof LimitResponse> {}

export const LimitedPriorityLevelConfiguration = object("io.k8s.api.flowcontrol.v1.LimitedPriorityLevelConfiguration", {
  nominalConcurrencyShares: int32(1, { ptr: true }),
  limitResponse: of(2, LimitResponse),
  lendablePercent: int32(3, { ptr: true, default: 0 }),
  borrowingLimitPercent: int32(4, { ptr: true }),
});
export interface LimitedPriorityLevelConfiguration extends ValueOf<typeof LimitedPriorityLevelConfiguration> {}

export const ExemptPriorityLevelConfiguration = object("io.k8s.api.flowcontrol.v1.ExemptPriorityLevelConfiguration", {
  nominalConcurrencyShares: int32(1, { ptr: true, default: 0 }),
  lendablePercent: int32(2, { ptr: true, default: 0 }),
});
export interface ExemptPriorityLevelConfiguration extends ValueOf<typeof ExemptPriorityLevelConfiguration> {}

export const PriorityLevelConfigurationSpec = object("io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationSpec", {
  type: string(1, { required: true, always: true }),
  limited: ptr(2, LimitedPriorityLevelConfiguration),
  exempt: ptr(3, ExemptPriorityLevelConfiguration),
});
export interface PriorityLevelConfigurationSpec extends ValueOf<typeof PriorityLevelConfigurationSpec> {}

export const PriorityLevelConfigurationCondition = object(
  "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationCondition",
  {
    type: string(1),
    status: string(2),
    lastTransitionTime: time(3),
    reason: string(4),
    message: string(5),
  },
);
export interface PriorityLevelConfigurationCondition extends ValueOf<typeof PriorityLevelConfigurationCondition> {}

export const PriorityLevelConfigurationStatus = object("io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationStatus", {
  conditions: list(1, PriorityLevelConfigurationCondition, {
    mapKeys: ["type"],
    patchStrategy: "merge",
    patchMergeKey: "type",
  }),
});
export interface PriorityLevelConfigurationStatus extends ValueOf<typeof PriorityLevelConfigurationStatus> {}

/** How much of the server a priority level may use. */
export const PriorityLevelConfiguration = kind(
  "io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration",
  {
    group: "flowcontrol.apiserver.k8s.io",
    version: "v1",
    kind: "PriorityLevelConfiguration",
    plural: "prioritylevelconfigurations",
    scope: "Cluster",
  },
  {
    metadata: of(1, ClusterMeta),
    spec: of(2, PriorityLevelConfigurationSpec),
    status: of(3, PriorityLevelConfigurationStatus),
  },
  {
    subresources: {
      status: {
        kind: "PriorityLevelConfiguration",
        group: "flowcontrol.apiserver.k8s.io",
        version: "v1",
        verbs: ["get", "patch", "update"],
      },
    },
    generation: true,
    setDefaults({ spec }) {
      if (spec?.limited) spec.limited.nominalConcurrencyShares ??= 30;
    },
    columns: PRIORITY_LEVEL_COLUMNS,
    validate: validatePriorityLevel,
  },
);
export interface PriorityLevelConfiguration extends ObjectOf<typeof PriorityLevelConfiguration> {}
export type PriorityLevelConfigurationDraft = DraftObjectOf<typeof PriorityLevelConfiguration>;
