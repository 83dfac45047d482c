import { put } from "../json.ts";
import type { Field, ListSchema, MapSchema, ObjectSchema, Schema } from "../schema/schema.ts";
import type { Decoder, Notes } from "./compile.ts";

type Fields = Record<string, unknown>;
type DecoderOf = (schema: Schema) => Decoder;

/**
 * The decoder of a lenient schema: what is not declared goes (structural pruning), and so does a null where none may
 * be and none would be replaced by a default. Everything else stays as it is, whatever its type.
 *
 * @param decoderOf Finds the decoder of a schema inside this one.
 */
export function lenientDecoder(schema: Schema, decoderOf: DecoderOf): Decoder {
  switch (schema.shape) {
    case "scalar":
      return (value) => value;
    case "list":
      return listDecoder(schema, decoderOf);
    case "map":
      return mapDecoder(schema, decoderOf);
    case "object":
      return objectDecoder(schema, decoderOf);
  }
}

function listDecoder({ item }: ListSchema, decoderOf: DecoderOf): Decoder {
  if (item.shape === "scalar") return (value) => value;
  return (value, notes) => {
    if (!Array.isArray(value)) return value;
    const decode = decoderOf(item);
    return value.map((each) => (each === null ? null : decode(each, notes)));
  };
}

function mapDecoder({ value: inner }: MapSchema, decoderOf: DecoderOf): Decoder {
  return (value, notes) => {
    if (!isFields(value)) return value;
    const decode = decoderOf(inner);
    const out: Fields = {};
    for (const key of Object.keys(value)) {
      const given = value[key];
      if (given === null ? inner.nullable : given !== undefined) {
        put<unknown>(out, key, given === null ? null : decode(given, notes));
      }
    }
    return out;
  };
}

function objectDecoder(schema: ObjectSchema, decoderOf: DecoderOf): Decoder {
  const { fields, preserveUnknown } = schema;
  const filled = Object.entries(fields).filter(([, field]) => field.omit === "never");
  return (value, notes) => {
    if (!isFields(value)) return value;
    const out: Fields = {};
    for (const key of Object.keys(value)) {
      const given = value[key];
      if (given === undefined) continue;
      const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (field) decodeMember(out, key, given, field, notes, decoderOf);
      else if (preserveUnknown) put<unknown>(out, key, given);
      else notes.unknown = true;
    }
    for (const [name, field] of filled) {
      if (!Object.hasOwn(out, name)) put<unknown>(out, name, decoderOf(field.schema)({}, notes));
    }
    return out;
  };
}

function decodeMember(
  out: Fields,
  key: string,
  given: unknown,
  field: Field,
  notes: Notes,
  decoderOf: DecoderOf,
): void {
  if (given !== null) put<unknown>(out, key, decoderOf(field.schema)(given, notes));
  else if (field.schema.nullable) put<unknown>(out, key, null);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
