import { AGE, NAME, column } from "../columns.ts";
import { BYTES, STRING, boolean, map, of } from "../schema/field.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { validateConfigMap, validateConfigMapUpdate } from "../validation/configmap.ts";

export const ConfigMap = kind(
  "io.k8s.api.core.v1.ConfigMap",
  { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    immutable: boolean(4, { ptr: true }),
    data: map(2, STRING),
    binaryData: map(3, BYTES),
  },
  {
    shortNames: ["cm"],
    columns: [
      NAME,
      column(
        "Data",
        "string",
        "Number of entries.",
        ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
      ),
      AGE,
    ],
    validate: validateConfigMap,
    validateUpdate: validateConfigMapUpdate,
  },
);
export interface ConfigMap extends ObjectOf<typeof ConfigMap> {}
export type ConfigMapDraft = DraftObjectOf<typeof ConfigMap>;
