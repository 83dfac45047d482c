import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import type { ListSchema, ScalarSchema } from "../schema/schema.ts";
import { elementText } from "./field_set.ts";
import { ElementError, elementOf, itemPlace, memberPlace, type Place } from "./walk.ts";

const DEPTH_MAX = 500;

/**
 * What keeps a configuration from being read by its schema, in Kubernetes' words, for example
 * `.spec.foo: field not declared in schema`.
 */
export function configurationProblems(place: Place, configuration: JsonObject): string[] {
  return memberProblems(place, configuration, "", 0);
}

function problemsAt(place: Place, value: Json, path: string, depth: number): string[] {
  if (value === null) return [];
  if (depth > DEPTH_MAX) return [`${path}: nested too deep`];
  const { schema } = place;
  if (schema === undefined) return [];
  if (schema.shape === "list") {
    return Array.isArray(value)
      ? itemProblems(schema, value, path, depth)
      : [`${path}: expected list, got ${shown(value)}`];
  }
  if (schema.shape === "scalar") return scalarProblems(schema, value, path);
  return isJsonObject(value)
    ? memberProblems(place, value, path, depth)
    : [`${path}: expected map, got ${shown(value)}`];
}

function memberProblems(place: Place, object: JsonObject, path: string, depth: number): string[] {
  const problems: string[] = [];
  for (const key of Object.keys(object)) {
    const member = memberPlace(place, key);
    const below = `${path}.${key}`;
    if (member === undefined) problems.push(`${below}: field not declared in schema`);
    else problems.push(...problemsAt(member, object[key] as Json, below, depth + 1));
  }
  return problems;
}

function itemProblems(schema: ListSchema, items: readonly Json[], path: string, depth: number): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  const place = itemPlace(schema);
  for (const [i, item] of items.entries()) {
    let element = `i:${i}`;
    if (schema.listType !== "atomic") {
      try {
        element = elementOf(schema, item);
      } catch (error) {
        if (!(error instanceof ElementError)) throw error;
        return [...problems, `${path}: element ${i}: ${error.message}`];
      }
      if (seen.has(element)) problems.push(`${path}: duplicate entries for key ${elementText(element)}`);
      seen.add(element);
    }
    problems.push(...problemsAt(place, item, path + elementText(element), depth + 1));
  }
  return problems;
}

function scalarProblems({ format }: ScalarSchema, value: Json, path: string): string[] {
  switch (format) {
    case "string":
    case "bytes":
    case "time":
    case "microTime":
    case "duration":
      return typeof value === "string" ? [] : [`${path}: expected string, got ${shown(value)}`];
    case "boolean":
      return typeof value === "boolean" ? [] : [`${path}: expected boolean, got ${shown(value)}`];
    case "int32":
    case "int64":
    case "float64":
      return typeof value === "number" ? [] : [`${path}: expected numeric (int or float), got ${goType(value)}`];
    case "quantity":
    case "intOrString":
      return typeof value === "object" ? [`${path}: expected any scalar, got ${shown(value)}`] : [];
    default:
      return [];
  }
}

function shown(value: Json): string {
  return `&value.valueUnstructured{Value:${JSON.stringify(value)}}`;
}

function goType(value: Json): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (isJsonObject(value)) return "map[string]interface {}";
  return typeof value === "boolean" ? "bool" : typeof value;
}
