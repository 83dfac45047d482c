import { additionalOf, itemsOf, type JsonSchema } from "../apiextensions/json_schema.ts";
import { ruleFormErrors } from "../cel/check_rules.ts";
import type { Report } from "./report.ts";

const TYPES = ["array", "boolean", "integer", "number", "object", "string"];
const META = new Set(["metadata", "kind", "apiVersion"]);

/** Where in a schema we are. */
interface Place {
  /** Why nothing may have a default here; undefined where it may. */
  readonly noDefaults?: string;
  readonly isInsideMeta: boolean;
  readonly isRoot: boolean;
}

const ROOT: Place = { isInsideMeta: false, isRoot: true };

/** What an OpenAPI v3 schema may say in a CustomResourceDefinition (validation.go, specStandardValidatorV3). */
export function checkOpenApiSchema(report: Report, path: string, schema: JsonSchema): void {
  check(report, path, schema, ROOT);
}

function check(report: Report, path: string, schema: JsonSchema, place: Place): void {
  checkWords(report, path, schema, place);
  if (schema.uniqueItems) {
    const rule = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    report.forbidden(`${path}.uniqueItems`, rule);
  }
  checkMembers(report, path, schema, place);
  const inner = { ...place, isRoot: false };
  const { not, allOf = [], oneOf = [], anyOf = [] } = schema;
  if (not) check(report, `${path}.not`, not, inner);
  for (const [i, each] of allOf.entries()) check(report, `${path}.allOf[${i}]`, each, inner);
  for (const [i, each] of oneOf.entries()) check(report, `${path}.oneOf[${i}]`, each, inner);
  for (const [i, each] of anyOf.entries()) check(report, `${path}.anyOf[${i}]`, each, inner);
  const items = itemsOf(schema);
  if (items) check(report, `${path}.items`, items, inner);
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    report.invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, "must be true or undefined");
  }
  checkMapType(report, path, schema);
  checkListType(report, path, schema);
  report.errors.push(...ruleFormErrors(schema, path));
}

/** Words that are none in Kubernetes. */
const UNSUPPORTED = ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"] as const;

function checkWords(report: Report, path: string, schema: JsonSchema, { noDefaults, isInsideMeta }: Place): void {
  const { type = "" } = schema;
  if (type !== "" && !TYPES.includes(type)) report.notSupported(`${path}.type`, type, TYPES);
  if (schema.default !== undefined && noDefaults !== undefined) {
    report.forbidden(`${path}.default`, `must not be set ${noDefaults}`);
  }
  for (const word of UNSUPPORTED) {
    if (schema[word] !== undefined) report.forbidden(`${path}.${word}`, `${word} is not supported`);
  }
  if (type === "null") {
    report.forbidden(`${path}.type`, "type cannot be set to null, use nullable as an alternative");
  }
  if (Array.isArray(schema.items)) {
    report.forbidden(`${path}.items`, "items must be a schema object and not an array");
  }
  if (isInsideMeta && schema["x-kubernetes-embedded-resource"]) {
    report.forbidden(`${path}.x-kubernetes-embedded-resource`, "must not be used inside of resource meta");
  }
}

function checkMembers(report: Report, path: string, schema: JsonSchema, place: Place): void {
  const { properties = {}, additionalProperties } = schema;
  const named = Object.entries(properties);
  if (additionalProperties !== undefined && additionalProperties !== true && named.length > 0) {
    const rule = "additionalProperties and properties are mutual exclusive";
    report.forbidden(`${path}.additionalProperties`, rule);
  }
  const additional = additionalOf(schema);
  if (additional) {
    const noDefaults = "inside additionalProperties applying to object metadata";
    const below = place.isInsideMeta ? { ...place, noDefaults } : place;
    check(report, `${path}.additionalProperties`, additional, { ...below, isRoot: false });
  }
  for (const [name, each] of named) {
    const isMeta = (place.isRoot || schema["x-kubernetes-embedded-resource"] === true) && META.has(name);
    const below: Place = {
      ...place,
      isRoot: false,
      ...(isMeta && { isInsideMeta: true }),
      ...(isMeta && place.isRoot && { noDefaults: `in top-level ${name}` }),
    };
    check(report, `${path}.properties[${name}]`, each, below);
  }
}

function checkMapType(report: Report, path: string, schema: JsonSchema): void {
  const mapType = schema["x-kubernetes-map-type"];
  if (mapType === undefined) return;
  requireType(report, path, schema, "object", "x-kubernetes-map-type");
  if (mapType !== "atomic" && mapType !== "granular") {
    report.notSupported(`${path}.x-kubernetes-map-type`, mapType, ["atomic", "granular"]);
  }
}

function requireType(report: Report, path: string, { type = "" }: JsonSchema, wanted: string, word: string): void {
  const rule = `must be ${wanted} if ${word} is specified`;
  if (type === "") report.required(`${path}.type`, rule);
  else if (type !== wanted) report.invalid(`${path}.type`, type, rule);
}

const LIST_TYPE = "x-kubernetes-list-type";
const LIST_KEYS = "x-kubernetes-list-map-keys";

function checkListType(report: Report, path: string, schema: JsonSchema): void {
  const listType = schema[LIST_TYPE];
  const keys = schema[LIST_KEYS] ?? [];
  if (listType !== undefined) {
    requireType(report, path, schema, "array", LIST_TYPE);
    if (schema.type === "array" && listType === "set") checkSetItems(report, path, schema);
    if (!["atomic", "set", "map"].includes(listType)) {
      report.notSupported(`${path}.${LIST_TYPE}`, listType, ["atomic", "set", "map"]);
    }
  }
  if (keys.length > 0 && listType !== "map") {
    const rule = "must be map if x-kubernetes-list-map-keys is non-empty";
    if (listType === undefined) report.required(`${path}.${LIST_TYPE}`, rule);
    else report.invalid(`${path}.${LIST_TYPE}`, listType, rule);
  }
  if (listType === "map") checkMapItems(report, path, schema, keys);
  const items = itemsOf(schema);
  if (items?.nullable && (listType === "map" || listType === "set")) {
    report.forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`);
  }
  if (items && listType === "map") checkKeyProperties(report, `${path}.items`, items, keys);
}

function checkSetItems(report: Report, path: string, schema: JsonSchema): void {
  const items = itemsOf(schema);
  const rule = "must be atomic as item of a list with x-kubernetes-list-type=set";
  if (items?.type === "array" && (items[LIST_TYPE] ?? "atomic") !== "atomic") {
    report.invalid(`${path}.items.${LIST_TYPE}`, items[LIST_TYPE], rule);
  }
  if (items?.type === "object" && items["x-kubernetes-map-type"] !== "atomic") {
    report.invalid(`${path}.items.x-kubernetes-map-type`, items[LIST_TYPE] ?? null, rule);
  }
}

function checkMapItems(report: Report, path: string, schema: JsonSchema, keys: readonly string[]): void {
  if (keys.length === 0) {
    report.required(`${path}.${LIST_KEYS}`, "must not be empty if x-kubernetes-list-type is map");
  }
  if (schema.items === undefined) {
    report.required(`${path}.items`, "must have a schema if x-kubernetes-list-type is map");
    return;
  }
  const items = itemsOf(schema);
  if (items === undefined) {
    report.invalid(`${path}.items`, schema.items, "must only have a single schema if x-kubernetes-list-type is map");
    return;
  }
  if (items.type !== "object") {
    const rule = "must be object if parent array's x-kubernetes-list-type is map";
    report.invalid(`${path}.items.type`, items.type ?? "", rule);
    return;
  }
  for (const [i, key] of keys.entries()) {
    const property = propertyOf(items, key);
    if (property === undefined) {
      report.invalid(`${path}.${LIST_KEYS}`, keys, "entries must all be names of item properties");
    } else if (property.type === "array" || property.type === "object") {
      const rule = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      report.invalid(`${path}.items.properties[${key}].type`, items.type, rule);
    }
    if (keys.indexOf(key) < i) report.invalid(`${path}.${LIST_KEYS}`, keys, "must not contain duplicate entries");
  }
}

/** Items without a key could not be told apart. */
function checkKeyProperties(report: Report, path: string, items: JsonSchema, keys: readonly string[]): void {
  for (const key of keys) {
    const property = propertyOf(items, key);
    if (property === undefined) continue;
    const at = `${path}.properties[${key}]`;
    if (!items.required?.includes(key) && property.default === undefined) {
      const rule = "so it must have a default or be a required property";
      report.required(`${at}.default`, `this property is in x-kubernetes-list-map-keys, ${rule}`);
    }
    if (property.nullable) {
      report.forbidden(`${at}.nullable`, "this property is in x-kubernetes-list-map-keys, so it cannot be nullable");
    }
  }
}

function propertyOf({ properties = {} }: JsonSchema, name: string): JsonSchema | undefined {
  return Object.hasOwn(properties, name) ? properties[name] : undefined;
}
