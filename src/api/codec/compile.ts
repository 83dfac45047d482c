import type { Field, ListSchema, MapSchema, ObjectSchema, Schema } from "../schema/schema.ts";
import { put } from "../json.ts";
import { lenientDecoder } from "./lenient.ts";
import { Mismatch, foundName, goType } from "./mismatch.ts";
import { SCALARS, isZero, resourceQuantity, zeroOf } from "./scalars.ts";

/** What a decoder tells besides its value. */
export interface Notes {
  /** A field the schema does not know was met (and dropped). */
  unknown: boolean;
}

/** Checks and canonicalises a value that is neither null nor undefined; the result shares only verbatim parts with it. */
export type Decoder = (value: unknown, notes: Notes) => unknown;

type Fields = Record<string, unknown>;

interface CompiledField {
  readonly name: string;
  /** The name also lives on Object.prototype, so reading it must ask for an own property. */
  readonly shadowed: boolean;
  readonly decode: Decoder;
  /** Makes the value of an absent field that is always there. */
  readonly fill: (() => unknown) | undefined;
  /** Whether a decoded value is left out. */
  readonly dropped: (value: unknown) => boolean;
}

const decoders = new WeakMap<Schema, Decoder>();

/** The decoder of a schema, compiled on first use and kept as long as the schema lives. */
export function decoderOf(schema: Schema): Decoder {
  let decoder = decoders.get(schema);
  if (!decoder) {
    decoder = compile(schema);
    decoders.set(schema, decoder);
  }
  return decoder;
}

function compile(schema: Schema): Decoder {
  if (schema.lenient) return lenientDecoder(schema, decoderOf);
  switch (schema.shape) {
    case "scalar":
      return SCALARS[schema.format];
    case "list":
      return listDecoder(schema);
    case "map":
      return mapDecoder(schema);
    case "object":
      return objectDecoder(schema);
  }
}

function listDecoder(schema: ListSchema): Decoder {
  const decode = lazily(schema.item);
  const type = goType(schema);
  const zero = zeroMaker(schema.item);
  return (value, notes) => {
    if (!Array.isArray(value)) throw new Mismatch(foundName(value), type);
    return value.map((item) => (item === null || item === undefined ? zero() : decode(item, notes)));
  };
}

function mapDecoder(schema: MapSchema): Decoder {
  const isResources = schema.value.shape === "scalar" && schema.value.format === "quantity";
  const decode = isResources ? resourceQuantity : lazily(schema.value);
  const type = goType(schema);
  const zero = zeroMaker(schema.value);
  return (value, notes) => {
    if (!isFields(value)) throw new Mismatch(foundName(value), type);
    const out: Fields = {};
    for (const key of Object.keys(value)) {
      const given = value[key];
      if (given === undefined) continue;
      // What has no zero in JSON (times) stays null: the key is there.
      put<unknown>(out, key, given === null ? (zero() ?? null) : decode(given, notes));
    }
    return out;
  };
}

function objectDecoder(schema: ObjectSchema): Decoder {
  let compiled: readonly CompiledField[] | undefined;
  const type = goType(schema);
  return (value, notes) => {
    if (!isFields(value)) {
      const other = alternativeValue(schema, value, notes);
      if (other === undefined) throw new Mismatch(foundName(value), type);
      return other;
    }
    compiled ??= Object.entries(schema.fields).map(([name, field]) => compileField(name, field));
    const out: Fields = {};
    let known = 0;
    let current = "";
    try {
      for (const field of compiled) {
        const given = field.shadowed && !Object.hasOwn(value, field.name) ? undefined : value[field.name];
        if (given !== undefined) known++;
        if (given === undefined || given === null) {
          if (field.fill) put<unknown>(out, field.name, field.fill());
          continue;
        }
        current = field.name;
        const decoded = field.decode(given, notes);
        if (!field.dropped(decoded)) put<unknown>(out, field.name, decoded);
      }
    } catch (error) {
      throw error instanceof Mismatch ? error.leave(schema.name, current) : error;
    }
    const keys = Object.keys(value);
    if (keys.length > known) meetUnknown(schema, value, keys, out, notes);
    return out;
  };
}

/** What may stand for an object of the type without being one; undefined when nothing else may, or this may not. */
function alternativeValue(schema: ObjectSchema, value: unknown, notes: Notes): unknown {
  if (schema.alternative === "boolean") return typeof value === "boolean" ? value : undefined;
  if (schema.alternative === undefined || !Array.isArray(value)) return undefined;
  if (schema.alternative === "list") return value.map((item) => decoderOf(schema)(item, notes));
  return value.every((item) => typeof item === "string") ? value : undefined;
}

function meetUnknown(schema: ObjectSchema, value: Fields, keys: readonly string[], out: Fields, notes: Notes): void {
  for (const key of keys) {
    if (value[key] === undefined || Object.hasOwn(schema.fields, key)) continue;
    if (schema.preserveUnknown) put<unknown>(out, key, value[key]);
    else notes.unknown = true;
  }
}

function compileField(name: string, field: Field): CompiledField {
  const { schema } = field;
  const filled = field.omit === "never" || (field.required && field.omit === "zero");
  const zero = zeroMaker(schema);
  return {
    name,
    shadowed: name in Object.prototype,
    decode: lazily(schema),
    fill: filled && zero() !== undefined ? zero : undefined,
    dropped: filled || field.omit === "absent" ? () => false : emptiness(schema),
  };
}

/** Whether a value of the schema is one that `omit: "zero"` leaves out. */
function emptiness(schema: Schema): (value: unknown) => boolean {
  switch (schema.shape) {
    case "scalar":
      return (value) => isZero(schema.format, value);
    case "list":
      return (value) => Array.isArray(value) && value.length === 0;
    case "map":
      return (value) => isFields(value) && Object.keys(value).length === 0;
    case "object":
      return () => false;
  }
}

/** Makes the value that stands where nothing was given. */
function zeroMaker(schema: Schema): () => unknown {
  switch (schema.shape) {
    case "scalar":
      return () => zeroOf(schema.format);
    case "list":
      return () => [];
    case "map":
      return () => ({});
    case "object": {
      const decode = lazily(schema);
      return () => decode({}, { unknown: false });
    }
  }
}

/** Schemas may contain themselves, so nested decoders are looked up when first needed. */
function lazily(schema: Schema): Decoder {
  if (schema.shape === "scalar") return decoderOf(schema);
  let decoder: Decoder | undefined;
  return (value, notes) => {
    decoder ??= decoderOf(schema);
    return decoder(value, notes);
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
