import type { Json } from "../json.ts";
import type { FieldError } from "../schema/errors.ts";
import type { JsonSchema } from "./json_schema.ts";

/**
 * What the rules in a schema (`x-kubernetes-validations`) find wrong with an object that is otherwise well. Rules are
 * not evaluated yet: they are stored, published, and hold nothing back.
 *
 * @param previous The object that is replaced, `oldSelf` to the rules; undefined for a new one.
 */
export function ruleErrors(_schema: JsonSchema, _next: Json, _previous: Json | undefined): FieldError[] {
  return [];
}
