import type { ValueOf } from "../schema/schema.ts";
import { AGE, NAME, column } from "../columns.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { MatchCondition, Variable } from "./expressions.ts";
import { MatchResources } from "./match_resources.ts";
import { ParamKind } from "./param.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { list, of, ptr, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";
import { paramKindText } from "./param.ts";
import { validateMutatingAdmissionPolicy } from "../validation/admission_policy.ts";

export const ApplyConfiguration = object("io.k8s.api.admissionregistration.v1.ApplyConfiguration", {
  expression: string(1),
});
export interface ApplyConfiguration extends ValueOf<typeof ApplyConfiguration> {}

export const JSONPatch = object("io.k8s.api.admissionregistration.v1.JSONPatch", {
  expression: string(1),
});
export interface JSONPatch extends ValueOf<typeof JSONPatch> {}

export const Mutation = object("io.k8s.api.admissionregistration.v1.Mutation", {
  patchType: string(2, { required: true, always: true, enum: ["ApplyConfiguration", "JSONPatch"] }),
  applyConfiguration: ptr(3, ApplyConfiguration),
  jsonPatch: ptr(4, JSONPatch),
});
export interface Mutation extends ValueOf<typeof Mutation> {}

export const MutatingAdmissionPolicySpec = object("io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicySpec", {
  paramKind: ptr(1, ParamKind),
  matchConstraints: ptr(2, MatchResources),
  variables: list(3, Variable),
  mutations: list(4, Mutation),
  failurePolicy: string(5, { ptr: true, default: "Fail", enum: ["Fail", "Ignore"] }),
  matchConditions: list(6, MatchCondition, { mapKeys: ["name"], patchStrategy: "merge", patchMergeKey: "name" }),
  reinvocationPolicy: string(7, { enum: ["IfNeeded", "Never"] }),
});
export interface MutatingAdmissionPolicySpec extends ValueOf<typeof MutatingAdmissionPolicySpec> {}

/** Changes objects as they are admitted, by expressions. */
export const MutatingAdmissionPolicy = kind(
  "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy",
  {
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind: "MutatingAdmissionPolicy",
    plural: "mutatingadmissionpolicies",
    scope: "Cluster",
  },
  {
    metadata: of(1, ClusterMeta),
    spec: of(2, MutatingAdmissionPolicySpec),
  },
  {
    categories: ["api-extensions"],
    generation: true,

    columns: [
      NAME,
      column("Mutations", "integer", "Changes it makes.", ({ spec }) => spec.mutations?.length ?? 0),
      column("ParamKind", "string", "The kind of its parameters.", ({ spec }) => paramKindText(spec.paramKind)),
      AGE,
    ],
    updateNeedsVersion: true,
    validate: validateMutatingAdmissionPolicy,
  },
);
export interface MutatingAdmissionPolicy extends ObjectOf<typeof MutatingAdmissionPolicy> {}
export type MutatingAdmissionPolicyDraft = DraftObjectOf<typeof MutatingAdmissionPolicy>;
