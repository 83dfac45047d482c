import type { ValueOf } from "../schema/schema.ts";
import { AGE, NAME, column } from "../columns.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { MatchResources } from "./match_resources.ts";
import { ParamRef } from "./param.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { of, ptr, string } from "../schema/field.ts";
import { paramRefText } from "./param.ts";
import { validateMutatingAdmissionPolicyBinding } from "../validation/admission_policy.ts";

export const MutatingAdmissionPolicyBindingSpec = object(
  "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBindingSpec",
  {
    policyName: string(1),
    paramRef: ptr(2, ParamRef),
    matchResources: ptr(3, MatchResources),
  },
);
export interface MutatingAdmissionPolicyBindingSpec extends ValueOf<typeof MutatingAdmissionPolicyBindingSpec> {}

/** Where a MutatingAdmissionPolicy holds, and with which parameters. */
export const MutatingAdmissionPolicyBinding = kind(
  "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding",
  {
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind: "MutatingAdmissionPolicyBinding",
    plural: "mutatingadmissionpolicybindings",
    scope: "Cluster",
  },
  {
    metadata: of(1, ClusterMeta),
    spec: of(2, MutatingAdmissionPolicyBindingSpec),
  },
  {
    categories: ["api-extensions"],
    generation: true,
    columns: [
      NAME,
      column("PolicyName", "string", "The policy it puts in force.", ({ spec }) => spec.policyName ?? ""),
      column("ParamRef", "string", "Its parameters.", ({ spec }) => paramRefText(spec.paramRef)),
      AGE,
    ],
    updateNeedsVersion: true,
    validate: validateMutatingAdmissionPolicyBinding,
  },
);
export interface MutatingAdmissionPolicyBinding extends ObjectOf<typeof MutatingAdmissionPolicyBinding> {}
export type MutatingAdmissionPolicyBindingDraft = DraftObjectOf<typeof MutatingAdmissionPolicyBinding>;
