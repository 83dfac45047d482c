import { put } from "../json.ts";
import { ObjectMeta } from "../meta/object_meta.ts";
import { of, ptr, string } from "../schema/field.ts";
import type { Field, ListType, ObjectSchema, ScalarFormat, Schema } from "../schema/schema.ts";
import { additionalOf, itemsOf, type JsonSchema } from "./json_schema.ts";

const SCALARS: Readonly<Record<string, ScalarFormat>> = {
  string: "string",
  integer: "int64",
  number: "float64",
  boolean: "boolean",
};

const ANY_TEXT: Field = {
  proto: 0,
  schema: { shape: "scalar", format: "string", lenient: true },
  presence: "optional",
  omit: "absent",
  required: false,
};

/** What every object of the API has, whether its schema says so or not. */
const META_FIELDS = { apiVersion: string(0), kind: string(0), metadata: of(1, ObjectMeta) } as const;
/** As META_FIELDS, for a whole object inside another: nothing is filled in. */
const EMBEDDED_FIELDS = { apiVersion: ANY_TEXT, kind: ANY_TEXT, metadata: ptr(1, ObjectMeta) } as const;

/**
 * The schema of a custom resource's objects, for decoding, pruning, defaults and server-side apply. What values are
 * allowed is not in it: see `value_validator.ts`.
 *
 * @param root Structural; undefined keeps everything.
 */
export function customSchema(name: string, root: JsonSchema | undefined): ObjectSchema {
  return objectSchema(name, root ?? { "x-kubernetes-preserve-unknown-fields": true }, META_FIELDS);
}

/** The schema of a value inside a custom resource. `name` is that of the definition it is part of. */
export function lenientSchema(name: string, schema: JsonSchema): Schema {
  const common = { lenient: true, ...(schema.nullable && { nullable: true as const }) } as const;
  if (schema["x-kubernetes-int-or-string"]) return { shape: "scalar", format: "intOrString", ...common };
  if (schema["x-kubernetes-embedded-resource"]) return { ...objectSchema(name, schema, EMBEDDED_FIELDS), ...common };
  const items = itemsOf(schema);
  if (schema.type === "array" && items !== undefined) {
    return { shape: "list", item: lenientSchema(name, items), listType: listTypeOf(schema), ...common };
  }
  if (schema.type === "object" || schema.properties !== undefined) return { ...objectLike(name, schema), ...common };
  return { shape: "scalar", format: SCALARS[schema.type ?? ""] ?? "any", ...common };
}

/** An object with named members, or a map where any name may stand. */
function objectLike(name: string, schema: JsonSchema): Schema {
  const { additionalProperties, properties } = schema;
  const additional = additionalOf(schema);
  if (properties !== undefined || !additionalProperties) return objectSchema(name, schema, {});
  const mapType = schema["x-kubernetes-map-type"] === "atomic" ? "atomic" : "granular";
  const value: Schema = additional
    ? lenientSchema(name, additional)
    : { shape: "scalar", format: "any", lenient: true, nullable: true };
  return { shape: "map", value, mapType };
}

function objectSchema(name: string, schema: JsonSchema, given: Readonly<Record<string, Field>>): ObjectSchema {
  const keepsAll = schema["x-kubernetes-preserve-unknown-fields"] === true || schema.additionalProperties === true;
  const fields: Record<string, Field> = {};
  for (const [key, each] of Object.entries(schema.properties ?? {})) put(fields, key, fieldOf(name, each));
  Object.assign(fields, given);
  const atomic = schema["x-kubernetes-map-type"] === "atomic";
  return { shape: "object", name, atomic, preserveUnknown: keepsAll, fields, lenient: true };
}

/** A member: written whenever it was given, and filled in when it was not and has a default. */
function fieldOf(name: string, schema: JsonSchema): Field {
  const inner = lenientSchema(name, schema);
  const value = schema.default;
  return {
    proto: 0,
    schema: inner,
    presence: "optional",
    omit: "absent",
    required: false,
    ...(value !== undefined && { default: value }),
  };
}

function listTypeOf(schema: JsonSchema): ListType {
  if (schema["x-kubernetes-list-type"] === "set") return "set";
  if (schema["x-kubernetes-list-type"] !== "map") return "atomic";
  return { mapKeys: schema["x-kubernetes-list-map-keys"] ?? [] };
}
