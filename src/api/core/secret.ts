import { AGE, NAME, column } from "../columns.ts";
import { base64OfText } from "../base64.ts";
import { BYTES, STRING, boolean, map, of, string } from "../schema/field.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { validateSecret, validateSecretUpdate } from "../validation/secret.ts";

export const Secret = kind(
  "io.k8s.api.core.v1.Secret",
  { group: "", version: "v1", kind: "Secret", plural: "secrets", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    immutable: boolean(5, { ptr: true }),
    data: map(2, BYTES),
    stringData: map(4, STRING),
    type: string(3, { default: "Opaque" }),
  },
  {
    selectableFields: {
      type: (secret) => secret.type ?? "",
    },
    setDefaults(secret) {
      // What is written as text joins the data and is never stored as text.
      const texts = Object.entries(secret.stringData ?? {}).map(([name, text]) => [name, base64OfText(text)] as const);
      if (texts.length > 0) secret.data = Object.fromEntries([...Object.entries(secret.data ?? {}), ...texts]);
      delete secret.stringData;
    },
    columns: [
      NAME,
      column("Type", "string", "What the data is for.", ({ type }) => type),
      column("Data", "string", "Number of entries.", ({ data }) => Object.keys(data ?? {}).length),
      AGE,
    ],
    validate: validateSecret,
    validateUpdate: validateSecretUpdate,
  },
);
export interface Secret extends ObjectOf<typeof Secret> {}
export type SecretDraft = DraftObjectOf<typeof Secret>;
