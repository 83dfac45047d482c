import type { ValueOf } from "../schema/schema.ts";
import { INGRESS_COLUMNS } from "./ingress_columns.ts";
import { IngressBackend } from "./ingress_backend.ts";
import { IngressStatus } from "./ingress_status.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { STRING, inline, list, of, ptr, string } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateIngress, validateIngressStatusUpdate } from "../validation/ingress.ts";

export const IngressTLS = object("io.k8s.api.networking.v1.IngressTLS", {
  hosts: list(1, STRING),
  secretName: string(2),
});
export interface IngressTLS extends ValueOf<typeof IngressTLS> {}

export const HTTPIngressPath = object("io.k8s.api.networking.v1.HTTPIngressPath", {
  path: string(1),
  pathType: string(3, { required: true, ptr: true, enum: ["Exact", "ImplementationSpecific", "Prefix"] }),
  backend: of(2, IngressBackend, { required: true }),
});
export interface HTTPIngressPath extends ValueOf<typeof HTTPIngressPath> {}

export const HTTPIngressRuleValue = object("io.k8s.api.networking.v1.HTTPIngressRuleValue", {
  paths: list(1, HTTPIngressPath, { required: true }),
});
export interface HTTPIngressRuleValue extends ValueOf<typeof HTTPIngressRuleValue> {}

export const IngressRuleValue = object("io.k8s.api.networking.v1.IngressRuleValue", {
  http: ptr(1, HTTPIngressRuleValue),
});
export interface IngressRuleValue extends ValueOf<typeof IngressRuleValue> {}

export const IngressRule = object("io.k8s.api.networking.v1.IngressRule", {
  host: string(1),
  ...inline(2, "ingressRuleValue", IngressRuleValue),
});
export interface IngressRule extends ValueOf<typeof IngressRule> {}

export const IngressSpec = object("io.k8s.api.networking.v1.IngressSpec", {
  ingressClassName: string(4, { ptr: true }),
  defaultBackend: ptr(1, IngressBackend),
  tls: list(2, IngressTLS),
  rules: list(3, IngressRule),
});
export interface IngressSpec extends ValueOf<typeof IngressSpec> {}

/** Routes from outside, by host and path, to Services. */
export const Ingress = kind(
  "io.k8s.api.networking.v1.Ingress",
  { group: "networking.k8s.io", version: "v1", kind: "Ingress", plural: "ingresses", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    spec: of(2, IngressSpec),
    status: of(3, IngressStatus),
  },
  {
    shortNames: ["ing"],
    subresources: {
      status: { kind: "Ingress", group: "networking.k8s.io", version: "v1", verbs: ["get", "patch", "update"] },
    },
    generation: true,
    columns: INGRESS_COLUMNS,
    validate: validateIngress,
    validateStatusUpdate: validateIngressStatusUpdate,
  },
);
export interface Ingress extends ObjectOf<typeof Ingress> {}
export type IngressDraft = DraftObjectOf<typeof Ingress>;
