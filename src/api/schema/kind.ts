import type { KubeObject } from "../object.ts";
import type { FieldError } from "./errors.ts";
import { string } from "./field.ts";
import { object, type ObjectDraft, type ObjectValue } from "./object.ts";
import type { DraftOf, Field, ObjectSchema, ValueOf } from "./schema.ts";

export type Verb = "create" | "delete" | "deletecollection" | "get" | "list" | "patch" | "update" | "watch";

export const ALL_VERBS: readonly Verb[] = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
];

/** One cell's value; the API server sends it as it is. */
export type Cell = string | number | boolean | null;

/** A column of `kubectl get`. `nowMs` is for ages. Columns of a priority above 0 show only with `-o wide`. */
export interface Column<T> {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  /** `name` marks the column of names; custom resources may have others, for example `int32`. */
  readonly format?: string;
  readonly priority?: number;
  readonly description?: string;
  cell(object: T, nowMs: number): Cell;
}

/** A state of an object that says how to read its row, for example that it has completed. */
export interface RowCondition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
}

/** A path below an object, for example `pods/NAME/log`. */
export interface Subresource {
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly verbs: readonly ("create" | "delete" | "get" | "patch" | "update")[];
  /** Served by a connection rather than by the store (log, exec, proxy …). */
  readonly connect?: true;
}

/**
 * How a version that is served is made of the one that is stored, and back. Both ways take objects that are not
 * complete, such as those of an apply, share what is the same, and change nothing they are given.
 */
export interface Conversion<T = unknown> {
  // eslint-disable-next-line typescript/no-explicit-any -- As in AnyKind: the stored kind's own type does not matter here.
  readonly stored: Kind<any, any>;
  toStored(served: T): unknown;
  fromStored(stored: unknown): T;
}

/**
 * How objects of a kind stand in the store, where they may have been written in another version or before the kind
 * was declared otherwise. What is read is shared: neither function changes what it is given.
 */
export interface StoredForm {
  /** Stored objects as objects of the kind, in their order. Rejects when they cannot be made such. */
  read(objects: readonly KubeObject[]): KubeObject[] | Promise<KubeObject[]>;
  /** What is stored for an object. */
  write(object: KubeObject): KubeObject | Promise<KubeObject>;
}

/** Where an object that can be scaled has its numbers: the members to follow from the top. */
export interface ScalePaths {
  readonly specReplicas: readonly string[];
  readonly statusReplicas: readonly string[];
  /** Leads to the text form of a selector. */
  readonly labelSelector?: readonly string[];
}

/** How one part of an object is written: a request sends all of the object, and this says what of it counts. */
export interface Part<T> {
  /** Takes from `previous` what this path does not change. Changes `next` in place. */
  prepare(next: T, previous: T, nowMs: number): void;
  /** What may not change, beside metadata. */
  validate(next: T, previous: T): FieldError[];
}

/** What differs from kind to kind beyond the schema. All functions are pure; `T` is complete (defaults filled). */
export interface Behaviour<T, D> {
  readonly verbs?: readonly Verb[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly singular?: string;
  readonly listKind?: string;
  readonly subresources?: Readonly<Record<string, Subresource>>;
  /** Field selectors beside metadata.name and metadata.namespace: path → value as text. */
  readonly selectableFields?: Readonly<Record<string, (object: T) => string>>;
  /** Said with every answer about the kind; kubectl prints it (the API's deprecations). */
  readonly deprecation?: string;
  /** This version is only served: it is made of another one, which is stored. */
  readonly conversion?: Conversion<T>;
  /**
   * Counts `metadata.generation` up when anything but metadata and status changes; `withAnnotations`, `withLabels`:
   * also when those do.
   */
  readonly generation?: true | "withAnnotations" | "withLabels";
  /** A replacement must name the version it replaces; without it, one that names none replaces whatever is there. */
  readonly updateNeedsVersion?: true;
  /** A replacement of what is not there creates it. */
  readonly createOnUpdate?: true;
  /** Who creates the object may set its status, although it has a status subresource. */
  readonly statusOnCreate?: "kept";
  readonly columns?: readonly Column<T>[];
  /** States that say how to read the object's row in a table. */
  rowConditions?(object: T): readonly RowCondition[];
  /** Defaults the schema cannot express (they depend on other fields). Changes the draft in place, before schema defaults are filled. */
  setDefaults?(draft: D): void;
  /** Resets what a client may not set (status on create and update, …). Changes `next` in place. */
  prepare?(next: T, previous: T | undefined): void;
  /** As `prepare`, for writes through the status subresource: what such a write may not change beside spec. */
  prepareStatus?(next: T, previous: T, nowMs: number): void;
  /** Parts of the object that are written through subresources of their own, beside `status`. */
  readonly parts?: Readonly<Record<string, Part<T>>>;
  validate?(object: T): FieldError[];
  /** What may not change. Called after `validate` passed on `next`. */
  validateUpdate?(next: T, previous: T): FieldError[];
  /** In place of `validate` when an object is replaced: what was wrong before may stay. */
  revalidate?(next: T, previous: T): FieldError[];
  validateStatusUpdate?(next: T, previous: T): FieldError[];
  /** How object names are checked; the default is a DNS subdomain. */
  readonly nameRule?: "dnsSubdomain" | "dnsLabel" | "dns1035Label" | "pathSegment";
  /** Which finalizers objects may have; the default asks those beside Kubernetes' own to begin with a domain. */
  readonly finalizerRule?: "owned" | "anyName";
  /** Warnings sent with a successful write (kubectl prints `Warning: …`). */
  warnings?(next: T, previous: T | undefined): string[];
  /** Why no more objects are created, although there may be some. */
  readonly noCreation?: string;
  /** Changes whenever the kind is declared otherwise. Absent where it never is. */
  readonly fingerprint?: string;
  /**
   * Absent where objects are read as they were written. Unlike with `conversion`, the kind a client names is the one
   * that is checked, and getting there may take a call to somebody else.
   */
  readonly stored?: StoredForm;
  /** Absent where the scale subresource, if any, is about `spec.replicas` and `spec.selector`. */
  readonly scale?: ScalePaths;
}

export interface KindNames {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly scope: "Namespaced" | "Cluster";
}

/** A kind of object, declared once. Everything the server does with it follows from this value. */
export interface Kind<T = unknown, D = T> extends KindNames, Behaviour<T, D> {
  /** `v1` or `apps/v1`. */
  readonly apiVersion: string;
  readonly schema: ObjectSchema<T, D>;
  readonly verbs: readonly Verb[];
  readonly subresources: Readonly<Record<string, Subresource>>;
}

type TypeMeta = {
  apiVersion: Field<string, string, "filled">;
  kind: Field<string, string, "filled">;
};

/**
 * Declares a kind. `fields` are those beside apiVersion and kind; `name` is the OpenAPI definition name.
 */
export function kind<const F extends Readonly<Record<string, Field>>>(
  name: string,
  names: KindNames,
  fields: F,
  behaviour: Behaviour<ObjectValue<TypeMeta & F>, ObjectDraft<TypeMeta & F>> = {},
): Kind<ObjectValue<TypeMeta & F>, ObjectDraft<TypeMeta & F>> {
  const apiVersion = names.group === "" ? names.version : `${names.group}/${names.version}`;
  const typeMeta: TypeMeta = {
    apiVersion: string(0, { default: apiVersion }) as TypeMeta["apiVersion"],
    kind: string(0, { default: names.kind }) as TypeMeta["kind"],
  };
  const schema = object(name, { ...typeMeta, ...fields }) as ObjectSchema<
    ObjectValue<TypeMeta & F>,
    ObjectDraft<TypeMeta & F>
  >;
  return {
    ...names,
    apiVersion,
    schema,
    verbs: ALL_VERBS,
    subresources: {},
    ...behaviour,
  };
}

/** The complete object of a kind. */
export type ObjectOf<K> = K extends { readonly schema: infer S } ? ValueOf<S> : never;
/** An object of a kind as a client may send it. */
export type DraftObjectOf<K> = K extends { readonly schema: infer S } ? DraftOf<S> : never;
