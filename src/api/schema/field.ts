import type {
  Field,
  ListSchema,
  ListType,
  ObjectSchema,
  Omit,
  Presence,
  ScalarFormat,
  ScalarSchema,
  Schema,
  ValueOf,
  DraftOf,
} from "./schema.ts";

function scalar<T>(format: ScalarFormat): ScalarSchema<T> {
  return { shape: "scalar", format };
}

/** Any JSON value, kept verbatim. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export const STRING = scalar<string>("string");
export const BOOLEAN = scalar<boolean>("boolean");
export const INT32 = scalar<number>("int32");
/** Held as a number: integers beyond 2^53 are refused on decoding. */
export const INT64 = scalar<number>("int64");
export const FLOAT64 = scalar<number>("float64");
/** Base64 text in JSON and in memory. */
export const BYTES = scalar<string>("bytes");
/** RFC 3339 in UTC with seconds. */
export const TIME = scalar<string>("time");
/** RFC 3339 in UTC with six fractional digits. */
export const MICRO_TIME = scalar<string>("microTime");
/** Go duration text, for example `1h30m`. */
export const DURATION = scalar<string>("duration");
/** A quantity in canonical form, for example `500m` or `1Gi`; numbers are accepted on decoding. */
export const QUANTITY = scalar<string>("quantity");
export const INT_OR_STRING = scalar<number | string>("intOrString");
export const ANY = scalar<Json>("any");
/** An embedded object, kept verbatim. */
export const RAW_EXTENSION = scalar<{ [key: string]: Json }>("rawExtension");
/** A named list of strings (authentication ExtraValue): plain in JSON, a message of its own in protobuf. */
export const EXTRA_VALUE: ListSchema<string> = { shape: "list", item: STRING, listType: "atomic", wrapped: true };
/** A field set of server-side apply, kept verbatim. */
export const FIELDS_V1 = scalar<{ [key: string]: Json }>("fieldsV1");

/** What may be said of any field. */
export interface FieldOptions {
  /** Server-side apply treats the whole object or map as one value. */
  readonly atomic?: true;
  /** The client must send it (OpenAPI `required`). */
  readonly required?: true;
  /** A Go pointer: unset and zero are different, zero is written. */
  readonly ptr?: true;
  /** Written even when it has its zero value. */
  readonly always?: true;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly patchStrategy?: "merge" | "replace" | "retainKeys" | "merge,retainKeys";
  readonly patchMergeKey?: string;
  readonly doc?: string;
}

type PresenceOf<O> = O extends { required: true }
  ? "required"
  : O extends { default: {} }
    ? "filled"
    : O extends { ptr: true }
      ? "optional"
      : O extends { always: true }
        ? "filled"
        : "optional";

function field<T, D, P extends Presence>(
  proto: number,
  schema: Schema<T, D>,
  options: FieldOptions,
  omitted: Omit,
): Field<T, D, P> {
  const { required, ptr: pointer, always, ...rest } = options;
  const omit: Omit = always ? "never" : pointer ? "absent" : omitted;
  const filled = options.default !== undefined || omit === "never";
  const presence = required ? "required" : filled ? "filled" : "optional";
  return { proto, schema, omit, required: required ?? false, presence: presence as P, ...rest };
}

type ScalarField = <T, const O extends FieldOptions = {}>(
  proto: number,
  schema: ScalarSchema<T>,
  options?: O,
) => Field<T, T, PresenceOf<O>>;

const scalarField: ScalarField = (proto, schema, options) => field(proto, schema, options ?? {}, "zero");

export const string = <const O extends FieldOptions = {}>(proto: number, options?: O) =>
  scalarField(proto, STRING, options);
export const boolean = <const O extends FieldOptions = {}>(proto: number, options?: O) =>
  scalarField(proto, BOOLEAN, options);
export const int32 = <const O extends FieldOptions = {}>(proto: number, options?: O) =>
  scalarField(proto, INT32, options);
export const int64 = <const O extends FieldOptions = {}>(proto: number, options?: O) =>
  scalarField(proto, INT64, options);
export const float64 = <const O extends FieldOptions = {}>(proto: number, options?: O) =>
  scalarField(proto, FLOAT64, options);
export const bytes = <const O extends FieldOptions = {}>(proto: number, options?: O) =>
  scalarField(proto, BYTES, options);
export const time = <const O extends FieldOptions = {}>(proto: number, options?: O) =>
  scalarField(proto, TIME, options);
export const microTime = <const O extends FieldOptions = {}>(proto: number, options?: O) =>
  scalarField(proto, MICRO_TIME, options);
export const duration = <const O extends FieldOptions = {}>(proto: number, options?: O) =>
  scalarField(proto, DURATION, options);
export const quantity = <const O extends FieldOptions = {}>(proto: number, options?: O) =>
  scalarField(proto, QUANTITY, options);
export const intOrString = <const O extends FieldOptions = {}>(proto: number, options?: O) =>
  scalarField(proto, INT_OR_STRING, options);
export const any = <const O extends FieldOptions = {}>(proto: number, options?: O) => scalarField(proto, ANY, options);
export const rawExtension = <const O extends FieldOptions = {}>(proto: number, options?: O) =>
  scalarField(proto, RAW_EXTENSION, options);
export const fieldsV1 = <const O extends FieldOptions = {}>(proto: number, options?: O) =>
  scalarField(proto, FIELDS_V1, options);

/** An object that is always there: an empty one is written where none was given (a Go struct). */
export function of<T, D, const O extends FieldOptions = {}>(
  proto: number,
  schema: ObjectSchema<T, D>,
  options?: O,
): Field<T, D, O extends { required: true } ? "required" : "filled"> {
  return field(proto, schema, { always: true, ...options }, "never");
}

/** An object that may be unset (a Go pointer). */
export function ptr<T, D, const O extends FieldOptions = {}>(
  proto: number,
  schema: ObjectSchema<T, D>,
  options?: O,
): Field<T, D, PresenceOf<O>> {
  return field(proto, schema, options ?? {}, "absent");
}

export interface ListOptions extends FieldOptions {
  /** Its protobuf form is a message of its own (a named list type). */
  readonly wrapped?: true;
  /** Server-side apply: a set of scalars. Lists are atomic unless said otherwise. */
  readonly set?: true;
  /** Server-side apply: items are told apart by these fields. */
  readonly mapKeys?: readonly string[];
}

export function list<S extends Schema, const O extends ListOptions = {}>(
  proto: number,
  item: S,
  options?: O,
): Field<ValueOf<S>[], DraftOf<S>[], PresenceOf<O>> {
  const { set, mapKeys, wrapped, ...rest } = (options ?? {}) as ListOptions;
  const listType: ListType = set ? "set" : mapKeys ? { mapKeys } : "atomic";
  return field(
    proto,
    { shape: "list", item, listType, ...(wrapped && { wrapped }) } as Schema<ValueOf<S>[], DraftOf<S>[]>,
    rest,
    "zero",
  );
}

export function map<S extends Schema, const O extends FieldOptions = {}>(
  proto: number,
  value: S,
  options?: O,
): Field<Record<string, ValueOf<S>>, Record<string, DraftOf<S>>, PresenceOf<O>> {
  const { atomic, ...rest } = (options ?? {}) as FieldOptions;
  const mapType = atomic ? "atomic" : "granular";
  type Value = Record<string, ValueOf<S>>;
  type Draft = Record<string, DraftOf<S>>;
  return field(proto, { shape: "map", value, mapType } as Schema<Value, Draft>, rest, "zero");
}

/**
 * The fields of `schema` flattened into the parent's JSON (Go embedding). In protobuf they stay together in a
 * message called `name` under number `proto` of the parent.
 */
export function inline<const F extends Readonly<Record<string, Field>>>(
  proto: number,
  name: string,
  schema: { readonly fields: F },
): F {
  const fields = Object.entries(schema.fields).map(([key, each]) => {
    const inner = each.inline && { inner: each.inline };
    return [key, { ...each, inline: { proto, name, ...inner } }];
  });
  return Object.fromEntries(fields) as F;
}
