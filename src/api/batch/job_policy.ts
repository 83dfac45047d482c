import type { ValueOf } from "../schema/schema.ts";
import { INT32, int32, list, ptr, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const PodFailurePolicyOnExitCodesRequirement = object(
  "io.k8s.api.batch.v1.PodFailurePolicyOnExitCodesRequirement",
  {
    containerName: string(1, { ptr: true }),
    operator: string(2, { required: true, always: true, enum: ["In", "NotIn"] }),
    values: list(3, INT32, { required: true, set: true }),
  },
);
export interface PodFailurePolicyOnExitCodesRequirement extends ValueOf<
  typeof PodFailurePolicyOnExitCodesRequirement
> {}

export const PodFailurePolicyOnPodConditionsPattern = object(
  "io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern",
  {
    type: string(1, { required: true, always: true }),
    status: string(2, { always: true, default: "True" }),
  },
);
export interface PodFailurePolicyOnPodConditionsPattern extends ValueOf<
  typeof PodFailurePolicyOnPodConditionsPattern
> {}

export const PodFailurePolicyRule = object("io.k8s.api.batch.v1.PodFailurePolicyRule", {
  action: string(1, { required: true, always: true, enum: ["Count", "FailIndex", "FailJob", "Ignore"] }),
  onExitCodes: ptr(2, PodFailurePolicyOnExitCodesRequirement),
  onPodConditions: list(3, PodFailurePolicyOnPodConditionsPattern),
});
export interface PodFailurePolicyRule extends ValueOf<typeof PodFailurePolicyRule> {}

export const PodFailurePolicy = object("io.k8s.api.batch.v1.PodFailurePolicy", {
  rules: list(1, PodFailurePolicyRule, { required: true }),
});
export interface PodFailurePolicy extends ValueOf<typeof PodFailurePolicy> {}

export const SuccessPolicyRule = object("io.k8s.api.batch.v1.SuccessPolicyRule", {
  succeededIndexes: string(1, { ptr: true }),
  succeededCount: int32(2, { ptr: true }),
});
export interface SuccessPolicyRule extends ValueOf<typeof SuccessPolicyRule> {}

export const SuccessPolicy = object("io.k8s.api.batch.v1.SuccessPolicy", {
  rules: list(1, SuccessPolicyRule, { required: true }),
});
export interface SuccessPolicy extends ValueOf<typeof SuccessPolicy> {}
