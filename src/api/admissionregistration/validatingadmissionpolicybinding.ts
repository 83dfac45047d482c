import type { ValueOf } from "../schema/schema.ts";
import { AGE, NAME, column } from "../columns.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { MatchResources } from "./match_resources.ts";
import { ParamRef } from "./param.ts";
import { STRING, list, of, ptr, string } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { paramRefText } from "./param.ts";
import { validateValidatingAdmissionPolicyBinding } from "../validation/admission_policy.ts";

export const ValidatingAdmissionPolicyBindingSpec = object(
  "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec",
  {
    policyName: string(1, { required: true }),
    paramRef: ptr(2, ParamRef),
    matchResources: ptr(3, MatchResources),
    validationActions: list(4, STRING, { required: true, set: true, enum: ["Audit", "Deny", "Warn"] }),
  },
);
export interface ValidatingAdmissionPolicyBindingSpec extends ValueOf<typeof ValidatingAdmissionPolicyBindingSpec> {}

/** Where a ValidatingAdmissionPolicy holds, and with which parameters. */
export const ValidatingAdmissionPolicyBinding = kind(
  "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding",
  {
    group: "admissionregistration.k8s.io",
    version: "v1",
    kind: "ValidatingAdmissionPolicyBinding",
    plural: "validatingadmissionpolicybindings",
    scope: "Cluster",
  },
  {
    metadata: of(1, ClusterMeta),
    spec: of(2, ValidatingAdmissionPolicyBindingSpec, { required: true }),
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
    validate: validateValidatingAdmissionPolicyBinding,
  },
);
export interface ValidatingAdmissionPolicyBinding extends ObjectOf<typeof ValidatingAdmissionPolicyBinding> {}
export type ValidatingAdmissionPolicyBindingDraft = DraftObjectOf<typeof ValidatingAdmissionPolicyBinding>;
