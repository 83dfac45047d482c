import { own, type JsonObject } from "../json.ts";
import type { Json } from "../schema/field.ts";

/** A rule as CustomResourceDefinitions write it. */
export interface Rule {
  readonly rule: string;
  readonly message?: string | undefined;
  readonly messageExpression?: string | undefined;
  readonly reason?: string | undefined;
  readonly fieldPath?: string | undefined;
  readonly optionalOldSelf?: boolean | undefined;
}

/** What rules need of a structural schema: a CustomResourceDefinition's JSONSchemaProps as it is. */
export interface RuleSchema {
  readonly type?: string;
  readonly format?: string;
  readonly default?: Json;
  readonly enum?: readonly Json[];
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly maxProperties?: number;
  readonly nullable?: boolean;
  readonly required?: readonly string[];
  readonly items?: RuleSchema | readonly RuleSchema[];
  readonly properties?: Readonly<Record<string, RuleSchema>>;
  readonly additionalProperties?: RuleSchema | boolean;
  readonly allOf?: readonly RuleSchema[];
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-map-type"?: string;
  readonly "x-kubernetes-validations"?: readonly Rule[];
}

function isTuple(items: RuleSchema | readonly RuleSchema[]): items is readonly RuleSchema[] {
  return Array.isArray(items);
}

/** The schema of all items of a list. */
export function itemsOf({ items }: RuleSchema): RuleSchema | undefined {
  return items === undefined || isTuple(items) ? undefined : items;
}

/** The schema of members that are not named. */
export function additionalOf({ additionalProperties }: RuleSchema): RuleSchema | undefined {
  return typeof additionalProperties === "object" ? additionalProperties : undefined;
}

export function propertyOf({ properties }: RuleSchema, name: string): RuleSchema | undefined {
  return properties === undefined || !Object.hasOwn(properties, name) ? undefined : properties[name];
}

export function isEmbedded(schema: RuleSchema): boolean {
  return schema["x-kubernetes-embedded-resource"] === true;
}

const TEXT: RuleSchema = { type: "string" };
const METADATA: RuleSchema = { type: "object", properties: { name: TEXT, generateName: TEXT } };
const asRoots = new WeakMap<RuleSchema, RuleSchema>();

/**
 * A schema of whole objects, with what rules may read of every object: `apiVersion`, `kind`, `metadata.name` and
 * `metadata.generateName`.
 */
export function asRoot(schema: RuleSchema): RuleSchema {
  const known = asRoots.get(schema);
  if (known !== undefined) return known;
  const metadata = propertyOf(schema, "metadata");
  const isWhole =
    propertyOf(schema, "kind")?.type === "string" &&
    propertyOf(schema, "apiVersion")?.type === "string" &&
    metadata?.type === "object" &&
    metadata.properties !== undefined;
  const properties = { ...schema.properties, kind: TEXT, apiVersion: TEXT, metadata: METADATA };
  const root = isWhole ? schema : { ...schema, properties };
  asRoots.set(schema, root);
  return root;
}

/** The value at a key of an object; undefined where the object has none. */
export function member(object: JsonObject | undefined, key: string): Json | undefined {
  return object && own(object, key);
}
