import { AGE, NAME, column } from "../columns.ts";
import { controllerOf } from "../ownership.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { int64, of, rawExtension } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { validateControllerRevision, validateControllerRevisionUpdate } from "../validation/controllerrevision.ts";

export const ControllerRevision = kind(
  "io.k8s.api.apps.v1.ControllerRevision",
  { group: "apps", version: "v1", kind: "ControllerRevision", plural: "controllerrevisions", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    data: rawExtension(2),
    revision: int64(3, { required: true, always: true }),
  },
  {
    columns: [
      NAME,
      column("Controller", "string", "Whose revision it is.", (revision) => {
        const owner = controllerOf(revision);
        if (!owner) return "<none>";
        const group = owner.apiVersion.includes("/") ? `.${owner.apiVersion.split("/")[0]}` : "";
        return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
      }),
      column("Revision", "string", "Its number.", ({ revision }) => revision),
      AGE,
    ],
    validate: validateControllerRevision,
    validateUpdate: validateControllerRevisionUpdate,
  },
);
export interface ControllerRevision extends ObjectOf<typeof ControllerRevision> {}
export type ControllerRevisionDraft = DraftObjectOf<typeof ControllerRevision>;
