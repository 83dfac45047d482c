import type { Rule } from "../cel/rule_schema.ts";
import { ANY, STRING, any, boolean, float64, int64, list, map, ptr, string, type Json } from "../schema/field.ts";
import { object } from "../schema/object.ts";
import type { Alternative, Field, ObjectSchema, ValueOf } from "../schema/schema.ts";

const PREFIX = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";

const ExternalDocumentation = object(`${PREFIX}.ExternalDocumentation`, {
  description: string(1),
  url: string(2),
});

const ValidationRule = object(`${PREFIX}.ValidationRule`, {
  rule: string(1, { required: true, always: true }),
  message: string(2),
  messageExpression: string(3),
  reason: string(4, {
    ptr: true,
    enum: ["FieldValueRequired", "FieldValueForbidden", "FieldValueInvalid", "FieldValueDuplicate"],
  }),
  fieldPath: string(5),
  optionalOldSelf: boolean(6, { ptr: true }),
});

type Dependency = JsonSchema | readonly string[];

/** The OpenAPI v3 schema of a custom resource, as CustomResourceDefinitions write it. */
export interface JsonSchema {
  readonly id?: string;
  readonly $schema?: string;
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly title?: string;
  readonly default?: Json;
  readonly maximum?: number;
  readonly exclusiveMaximum?: boolean;
  readonly minimum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly maxItems?: number;
  readonly minItems?: number;
  readonly uniqueItems?: boolean;
  readonly multipleOf?: number;
  readonly enum?: readonly Json[];
  readonly maxProperties?: number;
  readonly minProperties?: number;
  readonly required?: readonly string[];
  readonly items?: JsonSchema | readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly dependencies?: Readonly<Record<string, Dependency>>;
  readonly additionalItems?: JsonSchema | boolean;
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
  readonly externalDocs?: ValueOf<typeof ExternalDocumentation>;
  readonly example?: Json;
  readonly nullable?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-map-type"?: string;
  readonly "x-kubernetes-validations"?: readonly Rule[];
}

/** Filled below: the type contains itself. */
const fields: Record<string, Field> = {};

function schemaType<T>(name: string, alternative?: Alternative): ObjectSchema<T, T> {
  const shape = { shape: "object", name: `${PREFIX}.${name}`, atomic: false, preserveUnknown: false, fields } as const;
  return alternative === undefined ? shape : { ...shape, alternative };
}

export const JSONSchemaProps = schemaType<JsonSchema>("JSONSchemaProps");
const OrArray = schemaType<JsonSchema | readonly JsonSchema[]>("JSONSchemaPropsOrArray", "list");
const OrBool = schemaType<JsonSchema | boolean>("JSONSchemaPropsOrBool", "boolean");
const OrStringArray = schemaType<Dependency>("JSONSchemaPropsOrStringArray", "strings");

Object.assign(fields, {
  id: string(1),
  $schema: string(2),
  $ref: string(3, { ptr: true }),
  description: string(4),
  type: string(5),
  format: string(6),
  title: string(7),
  default: any(8, { ptr: true }),
  maximum: float64(9, { ptr: true }),
  exclusiveMaximum: boolean(10),
  minimum: float64(11, { ptr: true }),
  exclusiveMinimum: boolean(12),
  maxLength: int64(13, { ptr: true }),
  minLength: int64(14, { ptr: true }),
  pattern: string(15),
  maxItems: int64(16, { ptr: true }),
  minItems: int64(17, { ptr: true }),
  uniqueItems: boolean(18),
  multipleOf: float64(19, { ptr: true }),
  enum: list(20, ANY),
  maxProperties: int64(21, { ptr: true }),
  minProperties: int64(22, { ptr: true }),
  required: list(23, STRING),
  items: ptr(24, OrArray),
  allOf: list(25, JSONSchemaProps),
  oneOf: list(26, JSONSchemaProps),
  anyOf: list(27, JSONSchemaProps),
  not: ptr(28, JSONSchemaProps),
  properties: map(29, JSONSchemaProps),
  additionalProperties: ptr(30, OrBool),
  patternProperties: map(31, JSONSchemaProps),
  dependencies: map(32, OrStringArray),
  additionalItems: ptr(33, OrBool),
  definitions: map(34, JSONSchemaProps),
  externalDocs: ptr(35, ExternalDocumentation),
  example: any(36, { ptr: true }),
  nullable: boolean(37),
  "x-kubernetes-preserve-unknown-fields": boolean(38, { ptr: true }),
  "x-kubernetes-embedded-resource": boolean(39),
  "x-kubernetes-int-or-string": boolean(40),
  "x-kubernetes-list-map-keys": list(41, STRING),
  "x-kubernetes-list-type": string(42, { ptr: true }),
  "x-kubernetes-map-type": string(43, { ptr: true }),
  "x-kubernetes-validations": list(44, ValidationRule, {
    mapKeys: ["rule"],
    patchStrategy: "merge",
    patchMergeKey: "rule",
  }),
});

/** The schema of a list's items; undefined where each index has its own, which no structural schema has. */
export function itemsOf({ items }: JsonSchema): JsonSchema | undefined {
  return items === undefined || isList(items) ? undefined : items;
}

/** The schema of members that are not named, where one is given. */
export function additionalOf({ additionalProperties: schema }: JsonSchema): JsonSchema | undefined {
  return typeof schema === "object" ? schema : undefined;
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
