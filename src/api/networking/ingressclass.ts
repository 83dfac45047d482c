import type { ValueOf } from "../schema/schema.ts";
import { AGE, NAME, column } from "../columns.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { of, ptr, string } from "../schema/field.ts";
import { validateIngressClass, validateIngressClassUpdate } from "../validation/ingressclass.ts";

export const IngressClassParametersReference = object("io.k8s.api.networking.v1.IngressClassParametersReference", {
  apiGroup: string(1, { ptr: true }),
  kind: string(2, { required: true, always: true }),
  name: string(3, { required: true, always: true }),
  scope: string(4, { ptr: true }),
  namespace: string(5, { ptr: true }),
});
export interface IngressClassParametersReference extends ValueOf<typeof IngressClassParametersReference> {}

export const IngressClassSpec = object("io.k8s.api.networking.v1.IngressClassSpec", {
  controller: string(1),
  parameters: ptr(2, IngressClassParametersReference),
});
export interface IngressClassSpec extends ValueOf<typeof IngressClassSpec> {}

/** Which controller serves an Ingress that names the class. */
export const IngressClass = kind(
  "io.k8s.api.networking.v1.IngressClass",
  { group: "networking.k8s.io", version: "v1", kind: "IngressClass", plural: "ingressclasses", scope: "Cluster" },
  {
    metadata: of(1, ClusterMeta),
    spec: of(2, IngressClassSpec),
  },
  {
    generation: true,
    setDefaults({ spec }) {
      if (spec?.parameters) spec.parameters.scope ??= "Cluster";
    },
    columns: [
      NAME,
      column("Controller", "string", "Who serves the class.", ({ spec }) => spec.controller ?? ""),
      column("Parameters", "string", "The object that configures it.", ({ spec: { parameters } }) => {
        if (!parameters) return "<none>";
        const group = parameters.apiGroup ? `.${parameters.apiGroup}` : "";
        return `${parameters.kind}${group}/${parameters.name}`;
      }),
      AGE,
    ],
    validate: validateIngressClass,
    validateUpdate: validateIngressClassUpdate,
  },
);
export interface IngressClass extends ObjectOf<typeof IngressClass> {}
export type IngressClassDraft = DraftObjectOf<typeof IngressClass>;
