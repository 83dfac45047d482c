import { isJsonObject, own, put, type Json, type JsonObject } from "../json.ts";
import { duplicateError, invalidError, requiredError, type FieldError } from "../schema/errors.ts";
import { dns1035Label } from "../validation/names.ts";
import { additionalOf, itemsOf, type JsonSchema } from "./json_schema.ts";

/** Looks at one value that stands at a place of a schema. */
type Visit = (schema: JsonSchema, value: Json, path: string, errors: FieldError[]) => void;

/** Items that stand in a set, or in a map by its keys, more than once. */
export function repeatedItems(schema: JsonSchema, object: Json): FieldError[] {
  const errors: FieldError[] = [];
  walk(schema, object, "", errors, checkList);
  return errors;
}

/** Whole objects inside the object that do not say what they are. */
export function embeddedErrors(schema: JsonSchema, object: Json): FieldError[] {
  const errors: FieldError[] = [];
  walk(schema, object, "", errors, checkEmbedded);
  return errors;
}

function walk(schema: JsonSchema, value: Json, path: string, errors: FieldError[], visit: Visit): void {
  visit(schema, value, path, errors);
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (items) for (const [i, item] of value.entries()) walk(items, item, `${path}[${i}]`, errors, visit);
    return;
  }
  if (!isJsonObject(value)) return;
  const { properties = {} } = schema;
  const additional = additionalOf(schema);
  for (const [key, member] of Object.entries(value)) {
    const named = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (named) walk(named, member, path === "" ? key : `${path}.${key}`, errors, visit);
    else if (additional) walk(additional, member, `${path}[${key}]`, errors, visit);
  }
}

function checkList(schema: JsonSchema, value: Json, path: string, errors: FieldError[]): void {
  if (!Array.isArray(value)) return;
  const type = schema["x-kubernetes-list-type"];
  if (type === "set") reportRepeats(value, path, errors);
  if (type !== "map") return;
  const wrong = value.findIndex((item) => item !== null && !isJsonObject(item));
  if (wrong >= 0) {
    const detail = "must be an object for an array of list-type map";
    errors.push(invalidError(`${path}[${wrong}]`, value[wrong], detail));
    return;
  }
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const identities = value.map((item) => keysOf(item, keys));
  reportRepeats(identities, path, errors);
}

function keysOf(item: Json, keys: readonly string[]): JsonObject {
  const identity: JsonObject = {};
  for (const key of keys) {
    const value = isJsonObject(item) ? own(item, key) : undefined;
    if (value !== undefined) put(identity, key, value);
  }
  return identity;
}

/** Says once of each value that it repeats, at its second place. */
function reportRepeats(values: readonly Json[], path: string, errors: FieldError[]): void {
  const times = new Map<string, number>();
  for (const [i, value] of values.entries()) {
    const text = JSON.stringify(value);
    const seen = times.get(text) ?? 0;
    times.set(text, seen + 1);
    if (seen === 1) errors.push(duplicateError(`${path}[${i}]`, value));
  }
}

function checkEmbedded(schema: JsonSchema, value: Json, path: string, errors: FieldError[]): void {
  if (!schema["x-kubernetes-embedded-resource"] || !isJsonObject(value)) return;
  for (const name of ["apiVersion", "kind"] as const) {
    const field = `${path}.${name}`;
    const text = own(value, name);
    if (text === undefined) errors.push(requiredError(field));
    else if (typeof text !== "string") errors.push(invalidError(field, text, "must be a string"));
    else if (text === "") errors.push(invalidError(field, text, "must not be empty"));
    else if (name === "apiVersion" && text.split("/").length > 2) {
      errors.push(invalidError(field, text, `unexpected GroupVersion string: ${text}`));
    } else if (name === "kind") {
      const problems = dns1035Label(text.toLowerCase());
      if (problems.length === 0) continue;
      const detail = `may have mixed case, but should otherwise match: ${problems.join(",")}`;
      errors.push(invalidError(field, text, detail));
    }
  }
}
