import { isJsonObject, own } from "../json.ts";
import type { Json } from "../schema/field.ts";
import type { RuleSchema } from "./rule_schema.ts";

/** What an item of a list was before: in a list that is a map by keys, the first with the same keys. */
export function correlated(schema: RuleSchema, before: readonly Json[]): (item: Json) => Json | undefined {
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (schema["x-kubernetes-list-type"] !== "map" || keys.length === 0 || before.length === 0) return () => undefined;
  const known = new Map<string, Json>();
  for (const item of before) {
    const key = keyOf(item, keys);
    if (key !== undefined && !known.has(key)) known.set(key, item);
  }
  return (item) => {
    const key = keyOf(item, keys);
    return key === undefined ? undefined : known.get(key);
  };
}

/** Undefined when a key is missing or no scalar. */
function keyOf(item: Json, keys: readonly string[]): string | undefined {
  if (!isJsonObject(item)) return undefined;
  const parts = keys.map((key) => own(item, key));
  if (parts.some((part) => part === undefined || part === null || typeof part === "object")) return undefined;
  return JSON.stringify(parts);
}
