import { selectorText } from "../columns.ts";
import type { ValueOf } from "../schema/schema.ts";
import { LabelSelector } from "../meta/label_selector.ts";
import { object } from "../schema/object.ts";
import { ptr, string } from "../schema/field.ts";

export const ParamKind = object(
  "io.k8s.api.admissionregistration.v1.ParamKind",
  {
    apiVersion: string(1),
    kind: string(2),
  },
  { atomic: true },
);
export interface ParamKind extends ValueOf<typeof ParamKind> {}

export const ParamRef = object(
  "io.k8s.api.admissionregistration.v1.ParamRef",
  {
    name: string(1),
    namespace: string(2),
    selector: ptr(3, LabelSelector),
    parameterNotFoundAction: string(4, { ptr: true }),
  },
  { atomic: true },
);
export interface ParamRef extends ValueOf<typeof ParamRef> {}

/** `<apiVersion>/<kind>`. */
export function paramKindText(kind: ParamKind | undefined): string {
  return kind ? `${kind.apiVersion ?? ""}/${kind.kind ?? ""}` : "<unset>";
}

/** `<namespace>/<name>`, a star for every namespace, or the selector. */
export function paramRefText(ref: ParamRef | undefined): string {
  if (!ref) return "<unset>";
  return ref.name ? `${ref.namespace || "*"}/${ref.name}` : selectorText(ref.selector);
}
