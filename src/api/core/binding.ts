import { ObjectMeta } from "../meta/object_meta.ts";
import { ObjectReference } from "./reference.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { of } from "../schema/field.ts";
import { validateBinding } from "../validation/binding.ts";

export const Binding = kind(
  "io.k8s.api.core.v1.Binding",
  { group: "", version: "v1", kind: "Binding", plural: "bindings", scope: "Namespaced" },
  {
    metadata: of(1, ObjectMeta),
    target: of(2, ObjectReference, { required: true }),
  },
  {
    verbs: ["create"],
    validate: validateBinding,
  },
);
export interface Binding extends ObjectOf<typeof Binding> {}
export type BindingDraft = DraftObjectOf<typeof Binding>;
