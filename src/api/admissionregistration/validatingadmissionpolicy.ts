import type { ValueOf } from "../schema/schema.ts";
import { AGE, NAME, column } from "../columns.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { Condition } from "../meta/condition.ts";
import { MatchCondition, Variable } from "./expressions.ts";
import { MatchResources } from "./match_resources.ts";
import { ParamKind } from "./param.ts";
import { int64, list, of, ptr, string } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { paramKindText } from "./param.ts";
import { validateValidatingAdmissionPolicy } from "../validation/admission_policy.ts";

export const Validation = object("io.k8s.api.admissionregistration.v1.Validation", {
  expression: string(1, { required: true, always: true }),
  message: string(2),
  reason: string(3, { ptr: true }),
  messageExpression: string(4),
});
export interface Validation extends ValueOf<typeof Validation> {}

export const AuditAnnotation = object("io.k8s.api.admissionregistration.v1.AuditAnnotation", {
  key: string(1, { required: true, always: true }),
  valueExpression: string(2, { required: true, always: true }),
});
export interface AuditAnnotation extends ValueOf<typeof AuditAnnotation> {}

export const ValidatingAdmissionPolicySpec = object(
  "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicySpec",
  {
    paramKind: ptr(1, ParamKind),
    matchConstraints: ptr(2, MatchResources),
    validations: list(3, Validation),
    failurePolicy: string(4, { ptr: true, default: "Fail", enum: ["Fail", "Ignore"] }),
    auditAnnotations: list(5, AuditAnnotation),
    matchConditions: list(6, MatchCondition, { mapKeys: ["name"], patchStrategy: "merge", patchMergeKey: "name" }),
    variables: list(7, Variable, { mapKeys: ["name"], patchStrategy: "merge", patchMergeKey: "name" }),
  },
);
export interface ValidatingAdmissionPolicySpec extends ValueOf<typeof ValidatingAdmissionPolicySpec> {}

export const ExpressionWarning = object("io.k8s.api.admissionregistration.v1.ExpressionWarning", {
  fieldRef: string(2, { required: true, always: true }),
  warning: string(3, { required: true, always: true }),
});
export interface ExpressionWarning extends ValueOf<typeof ExpressionWarning> {}

export const TypeChecking = object("io.k8s.api.admissionregistration.v1.TypeChecking", {
  expressionWarnings: list(1, ExpressionWarning),
});
export interface TypeChecking extends ValueOf<typeof TypeChecking> {}

export const ValidatingAdmissionPolicyStatus = object(
  "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyStatus",
  {
    observedGeneration: int64(1),
    typeChecking: ptr(2, TypeChecking),
    conditions: list(3, Condition, { mapKeys: ["type"] }),
  },
);
export interface ValidatingAdmissionPolicyStatus extends ValueOf<typeof ValidatingAdmissionPolicyStatus> {}

/** Accepts or refuses objects by expressions. */
export const ValidatingAdmissionPolicy = kind(
  "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy",
  {
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind: "ValidatingAdmissionPolicy",
    plural: "validatingadmissionpolicies",
    scope: "Cluster",
  },
  {
    metadata: of(1, ClusterMeta),
    spec: of(2, ValidatingAdmissionPolicySpec),
    status: of(3, ValidatingAdmissionPolicyStatus),
  },
  {
    categories: ["api-extensions"],
    subresources: {
      status: {
        kind: "ValidatingAdmissionPolicy",
        group: "admissionregistration.k8s.io",
        version: "v1",
        verbs: ["get", "patch", "update"],
      },
    },
    generation: true,

    columns: [
      NAME,
      column("Validations", "integer", "Expressions that must hold.", ({ spec }) => spec.validations?.length ?? 0),
      column("ParamKind", "string", "The kind of its parameters.", ({ spec }) => paramKindText(spec.paramKind)),
      AGE,
    ],
    updateNeedsVersion: true,
    validate: validateValidatingAdmissionPolicy,
  },
);
export interface ValidatingAdmissionPolicy extends ObjectOf<typeof ValidatingAdmissionPolicy> {}
export type ValidatingAdmissionPolicyDraft = DraftObjectOf<typeof ValidatingAdmissionPolicy>;
