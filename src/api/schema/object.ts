import type { DraftOf, Field, ObjectSchema, ValueOf } from "./schema.ts";

type Fields = Readonly<Record<string, Field>>;
type Present<F extends Fields> = { [K in keyof F]: F[K]["presence"] extends "optional" ? never : K }[keyof F];
type Needed<F extends Fields> = { [K in keyof F]: F[K]["presence"] extends "required" ? K : never }[keyof F];
type FieldValue<F> = F extends Field<infer T, infer _D, infer _P> ? T : never;
type FieldDraft<F> = F extends Field<infer _T, infer D, infer _P> ? D : never;
type Flat<T> = { [K in keyof T]: T[K] };

/** The complete object: fields with a default or always written are there. */
export type ObjectValue<F extends Fields> = Flat<
  { [K in Present<F>]: FieldValue<F[K]> } & { [K in Exclude<keyof F, Present<F>>]?: FieldValue<F[K]> | undefined }
>;
/** The object as a client may write it. */
export type ObjectDraft<F extends Fields> = Flat<
  { [K in Needed<F>]: FieldDraft<F[K]> } & { [K in Exclude<keyof F, Needed<F>>]?: FieldDraft<F[K]> | undefined }
>;

export interface ObjectOptions {
  readonly atomic?: true;
  readonly doc?: string;
}

/** Declares an object type under its OpenAPI definition name. */
export function object<const F extends Fields>(
  name: string,
  fields: F,
  options: ObjectOptions = {},
): ObjectSchema<ObjectValue<F>, ObjectDraft<F>> & { readonly fields: F } {
  return { shape: "object", name, atomic: false, preserveUnknown: false, ...options, fields };
}

/** The definition-name prefixes of the API groups, shortened where types are declared. */
export const CORE = "io.k8s.api.core.v1";

export type { DraftOf, ValueOf };
