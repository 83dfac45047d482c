import type { JsonObject } from "../json.ts";

/**
 * The language in which every type of the API is declared once. A schema is a plain value; TypeScript types,
 * decoding, defaults, validation, OpenAPI, patches, server-side apply and protobuf are all derived from it.
 * A CustomResourceDefinition makes the same values at run time.
 */

declare const VALUE: unique symbol;
declare const DRAFT: unique symbol;

/** What beside an object may stand where some object types are expected: a list of them, a list of strings, a boolean. */
export type Alternative = "list" | "strings" | "boolean";

/** How custom resources are decoded: their values are checked later, all at once, not while they are read. */
interface Lenient {
  /** A value of another type is kept as it is, for validation to refuse; nothing is left out for being zero. */
  readonly lenient?: true;
  /** A lenient value may be null. Elsewhere null means that nothing was given. */
  readonly nullable?: true;
}

/** The scalar wire forms. Values in memory are their JSON forms: bytes are base64, times and quantities strings. */
export type ScalarFormat =
  | "string"
  | "boolean"
  | "int32"
  | "int64"
  | "float64"
  | "bytes"
  | "time"
  | "microTime"
  | "duration"
  | "quantity"
  | "intOrString"
  | "any"
  | "rawExtension"
  | "fieldsV1";

/** Carries the TypeScript types of a schema: T as read (complete), D as written (what may be left out is optional). */
interface Typed<T, D> {
  readonly [VALUE]?: T;
  readonly [DRAFT]?: D;
}

export interface ScalarSchema<T = unknown> extends Typed<T, T>, Lenient {
  readonly shape: "scalar";
  readonly format: ScalarFormat;
}

/** How server-side apply treats a list: as one value, as a set of scalars, or as a map by the keys named. */
export type ListType = "atomic" | "set" | { readonly mapKeys: readonly string[] };

export interface ListSchema<T = unknown, D = T> extends Typed<T[], D[]>, Lenient {
  readonly shape: "list";
  readonly item: Schema;
  readonly listType: ListType;
  /** Its protobuf form is a message of its own. */
  readonly wrapped?: true;
}

export interface MapSchema<T = unknown, D = T> extends Typed<Record<string, T>, Record<string, D>>, Lenient {
  readonly shape: "map";
  readonly value: Schema;
  readonly mapType: "granular" | "atomic";
}

/** Makes the definition of a type for an OpenAPI document of a dialect; `refTo` refers to another type. */
export type PublishedSchema = (dialect: 2 | 3, refTo: (schema: ObjectSchema) => JsonObject) => JsonObject;

export interface ObjectSchema<T = unknown, D = T> extends Typed<T, D>, Lenient {
  readonly shape: "object";
  /** The OpenAPI definition name, for example `io.k8s.api.core.v1.PodSpec`. */
  readonly name: string;
  readonly fields: Readonly<Record<string, Field>>;
  /** Server-side apply treats the whole object as one value. */
  readonly atomic: boolean;
  /** Fields the schema does not know are kept (custom resources only). */
  readonly preserveUnknown: boolean;
  readonly alternative?: Alternative;
  /** What OpenAPI documents say instead of what follows from the fields (custom resources only). */
  readonly published?: PublishedSchema;
  readonly doc?: string;
}

export type Schema<T = unknown, D = T> = ScalarSchema<T> | ListSchema<T, D> | MapSchema<T, D> | ObjectSchema<T, D>;

/** The complete value a schema describes: defaults are filled, so what has a default is never absent. */
export type ValueOf<S> = S extends Typed<infer T, infer _D> ? T : never;
/** What may be sent to create one: only what is required is required. */
export type DraftOf<S> = S extends Typed<infer _T, infer D> ? D : never;

/**
 * When a field stands in the encoded object, as Go's JSON tags have it:
 * `zero`: left out when it has its zero value; `absent`: kept even when zero, left out only when unset
 * (a Go pointer); `never`: always written, its zero value filled in.
 */
export type Omit = "zero" | "absent" | "never";

export interface Field<T = unknown, D = T, P extends Presence = Presence> {
  /** Protobuf field number; 0 where the field travels outside the message. */
  readonly proto: number;
  readonly schema: Schema<T, D>;
  readonly presence: P;
  readonly omit: Omit;
  /** OpenAPI `required`. */
  readonly required: boolean;
  /** Filled in by decoding when the field is absent (for strings and non-pointer numbers also when zero). */
  readonly default?: unknown;
  /** Values allowed, when the set is closed. */
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** Server-side apply treats the object at this field as one value. */
  readonly atomic?: true;
  /** Strategic merge patch: `merge` lists by `mergeKey`, `replace` as a whole, or `retainKeys`. */
  readonly patchStrategy?: "merge" | "replace" | "retainKeys" | "merge,retainKeys";
  readonly patchMergeKey?: string;
  /** Set on members flattened into the parent in JSON: the message that holds them in protobuf. */
  readonly inline?: Inline;
  /** One-line description for `kubectl explain`, where we have our own words. */
  readonly doc?: string;
}

/** The message of protobuf that a flattened member is in; `inner`: the one inside it, where that is flattened again. */
export interface Inline {
  readonly proto: number;
  readonly name: string;
  readonly inner?: Inline;
}

/** `required`: must be sent; `filled`: may be left out when sent, always there when read; `optional`: may be absent. */
export type Presence = "required" | "filled" | "optional";
