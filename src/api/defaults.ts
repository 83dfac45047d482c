import { cloneJson, put } from "./json.ts";
import type { DraftOf, Field, ObjectSchema, Schema, ValueOf } from "./schema/schema.ts";
import type { ObjectOf } from "./schema/kind.ts";
import type { AnyKind } from "./object.ts";

type Fields = Record<string, unknown>;
type Fill = (value: Fields) => void;

/** undefined: nothing at or below the schema has a default, so there is nothing to walk. */
type Compiled = { readonly fill: Fill } | undefined;

const compiled = new WeakMap<ObjectSchema, { readonly fill: Fill }>();

/**
 * Fills the defaults of a decoded object in place and returns it, now complete: first those that depend on other
 * fields (`setDefaults`), then those the schema states.
 */
export function applyDefaults<K extends AnyKind>(kind: K, object: ObjectOf<K>): ObjectOf<K> {
  kind.setDefaults?.(object);
  fillDefaults(kind.schema, object);
  return object;
}

/** Fills only what the schema states, in place. A default is for what is absent, and for non-pointer scalars also for zero. */
export function fillDefaults<T, D>(
  schema: ObjectSchema<T, D>,
  object: DraftOf<ObjectSchema<T, D>>,
): ValueOf<typeof schema> {
  compileObject(schema).fill(object as Fields);
  return object as unknown as ValueOf<typeof schema>;
}

function compileObject(schema: ObjectSchema): { readonly fill: Fill } {
  let fill = compiled.get(schema);
  if (!fill) {
    fill = { fill: filler(schema) };
    compiled.set(schema, fill);
  }
  return fill;
}

function filler(schema: ObjectSchema): Fill {
  let steps: readonly Fill[] | undefined;
  return (value) => {
    steps ??= Object.entries(schema.fields).flatMap(([name, field]) => [
      ...(field.default === undefined ? [] : [defaulting(name, field)]),
      ...descending(name, field.schema),
    ]);
    for (const step of steps) step(value);
  };
}

function defaulting(name: string, { default: value, omit, schema }: Field): Fill {
  const make = typeof value === "object" ? () => cloneJson(value) : () => value;
  const alsoZero = omit !== "absent";
  return (object) => {
    const given = Object.hasOwn(object, name) ? object[name] : undefined;
    const isAbsent = given === undefined || (given === null && !schema.nullable);
    if (isAbsent || (alsoZero && (given === "" || given === 0))) put(object, name, make());
  };
}

function descending(name: string, schema: Schema): Fill[] {
  const below = walker(schema);
  if (!below) return [];
  return [
    (object) => {
      const value = object[name];
      if (typeof value === "object" && value !== null) below.fill(value as Fields);
    },
  ];
}

/** What fills the defaults inside a value of the schema, if it can have any. */
function walker(schema: Schema): Compiled {
  if (!hasDefaults(schema, new Set())) return undefined;
  if (schema.shape === "object") return compileObject(schema);
  const below =
    schema.shape === "list" ? walker(schema.item) : schema.shape === "map" ? walker(schema.value) : undefined;
  if (!below) return undefined;
  return {
    fill: (values) => {
      for (const value of Object.values(values)) {
        if (typeof value === "object" && value !== null) below.fill(value as Fields);
      }
    },
  };
}

function hasDefaults(schema: Schema, visited: Set<Schema>): boolean {
  if (visited.has(schema)) return false;
  visited.add(schema);
  switch (schema.shape) {
    case "scalar":
      return false;
    case "list":
      return hasDefaults(schema.item, visited);
    case "map":
      return hasDefaults(schema.value, visited);
    case "object":
      return Object.values(schema.fields).some(
        (each) => each.default !== undefined || hasDefaults(each.schema, visited),
      );
  }
}
