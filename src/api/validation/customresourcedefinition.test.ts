import assert from "node:assert/strict";
import { test } from "node:test";
import { CustomResourceDefinition } from "../apiextensions/customresourcedefinition.ts";
import type { JsonSchema } from "../apiextensions/json_schema.ts";
import { decode } from "../codec/decode.ts";
import { documentOf } from "../codec/document.ts";
import { applyDefaults } from "../defaults.ts";
import { prepareForCreate } from "../lifecycle.ts";
import type { KubeObject } from "../object.ts";
import { validateCreate } from "./validate.ts";

type Changes = Readonly<Record<string, unknown>>;

/** What is wrong with a definition that is well but for the changes. */
function errorsOf(spec: Changes, version: Changes = {}, metadata: Changes = {}): string[] {
  const versions = [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: OBJECT }, ...version }];
  const draft = {
    metadata: { name: "tabs.example.com", ...metadata },
    spec: { group: "example.com", names: { plural: "tabs", kind: "Tab" }, scope: "Cluster", versions, ...spec },
  };
  const { object } = decode(CustomResourceDefinition, documentOf(draft));
  applyDefaults(CustomResourceDefinition, object);
  prepareForCreate(CustomResourceDefinition, object, { nowMs: 0, uid: "u" });
  const errors = validateCreate(CustomResourceDefinition, object as unknown as KubeObject);
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

const OBJECT: JsonSchema = { type: "object" };
const AT = "spec.versions[0].schema.openAPIV3Schema";

/** Errors in a schema with one property, their paths from the schema on. */
function schemaErrors(x: JsonSchema, root: JsonSchema = {}): string[] {
  const schema = { openAPIV3Schema: { ...OBJECT, properties: { x }, ...root } };
  return errorsOf({}, { schema }).map((each) => each.replace(`${AT}.`, "").replace(AT, "root"));
}

test("a definition that is well passes", () => assert.deepEqual(errorsOf({}), []));

const definitions: readonly {
  name: string;
  errors: string[];
  spec?: Changes;
  version?: Changes;
  metadata?: Changes;
}[] = [
  {
    name: "another name",
    metadata: { name: "other.example.com" },
    errors: ['metadata.name: Invalid value: "other.example.com": must be spec.names.plural+"."+spec.group'],
  },
  {
    name: "a group without a dot",
    metadata: { name: "tabs.example" },
    spec: { group: "example" },
    errors: ['spec.group: Invalid value: "example": should be a domain with at least one dot'],
  },
  {
    name: "an unknown scope",
    spec: { scope: "World" },
    errors: ['spec.scope: Unsupported value: "World": supported values: "Cluster", "Namespaced"'],
  },
  {
    name: "no schema",
    version: { schema: undefined },
    errors: ["spec.versions[0].schema.openAPIV3Schema: Required value"],
  },
  {
    name: "a kind that is its list",
    spec: { names: { plural: "tabs", kind: "Tab", listKind: "Tab" } },
    errors: ['spec.names.listKind: Invalid value: "Tab": kind and listKind may not be the same'],
  },
  {
    name: "a protected group nobody approved",
    metadata: { name: "tabs.x.k8s.io" },
    spec: { group: "x.k8s.io" },
    errors: [
      'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    ],
  },
  {
    name: "a webhook with None",
    spec: { conversion: { strategy: "None", webhook: { conversionReviewVersions: ["v1"] } } },
    errors: [
      "spec.conversion.conversionReviewVersions: Forbidden: should not be set when strategy is not set to Webhook",
    ],
  },
  {
    name: "a Webhook without one",
    spec: { conversion: { strategy: "Webhook" } },
    errors: [
      "spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook",
      "spec.conversion.conversionReviewVersions: Required value",
    ],
  },
  {
    name: "a column of no type",
    version: { additionalPrinterColumns: [{ name: "X", type: "text", jsonPath: "spec" }] },
    errors: [
      'spec.versions[0].additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
      'spec.versions[0].additionalPrinterColumns[0].JSONPath: Invalid value: "spec": must be a simple json path starting with .',
    ],
  },
  {
    name: "scale paths outside their place",
    version: { subresources: { scale: { specReplicasPath: ".status.x", statusReplicasPath: "" } } },
    errors: [
      'spec.versions[0].subresources.scale.specReplicasPath: Invalid value: ".status.x": should be a json path under .spec',
      "spec.versions[0].subresources.scale.statusReplicasPath: Required value",
    ],
  },
  {
    name: "a selectable field that is none",
    version: { selectableFields: [{ jsonPath: ".spec.x" }] },
    errors: [
      'spec.versions[0].selectableFields[0].jsonPath: Invalid value: ".spec.x": is an invalid path: does not refer to a valid field',
    ],
  },
  {
    name: "a deprecation that is none",
    version: { deprecationWarning: "soon" },
    errors: ['spec.versions[0].deprecationWarning: Invalid value: "soon": can only be set for deprecated versions'],
  },
];
for (const { name, spec = {}, version, metadata, errors } of definitions) {
  test(`a definition is refused: ${name}`, () => assert.deepEqual(errorsOf(spec, version, metadata), errors));
}

const schemas: readonly { name: string; x: JsonSchema; root?: JsonSchema; errors: string[] }[] = [
  {
    name: "a field without a type",
    x: {},
    errors: ["properties[x].type: Required value: must not be empty for specified object fields"],
  },
  {
    name: "a list without items",
    x: { type: "array" },
    errors: ["properties[x].items: Required value: must be specified"],
  },
  {
    name: "an unknown type",
    x: { type: "text" },
    errors: [
      'properties[x].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"',
    ],
  },
  {
    name: "a type inside anyOf",
    x: { type: "string", anyOf: [{ type: "string", description: "x" }] },
    errors: [
      "properties[x].anyOf[0].description: Forbidden: must be empty to be structural",
      "properties[x].anyOf[0].type: Forbidden: must be empty to be structural",
    ],
  },
  {
    name: "a field that is only narrowed",
    x: { type: "string" },
    root: { allOf: [{ properties: { y: { minimum: 1 } } }] },
    errors: ["properties[y]: Required value: because it is defined in root.allOf[0].properties[y]"],
  },
  {
    name: "a pattern that is none",
    x: { type: "string", pattern: "(" },
    errors: [
      'properties[x].pattern: Invalid value: "(": must be a valid regular expression, but isn\'t: error parsing regexp: missing closing ): `(`',
    ],
  },
  {
    name: "named and other members",
    x: { type: "object", properties: { y: { type: "string" } }, additionalProperties: { type: "string" } },
    errors: ["properties[x].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive"],
  },
  {
    name: "references",
    x: { type: "string", $ref: "#/x" },
    errors: ["properties[x].$ref: Forbidden: $ref is not supported"],
  },
  {
    name: "a default of another type",
    x: { type: "integer", default: "1" },
    errors: ['properties[x].default: Invalid value: "string":  in body must be of type integer: "string"'],
  },
  {
    name: "a default with fields nobody knows",
    x: { type: "object", default: { y: 1 } },
    errors: ['properties[x].default: Invalid value: {"y":1}: must not have unknown fields'],
  },
  {
    name: "a default in metadata",
    x: { type: "string" },
    root: { properties: { metadata: { type: "object", properties: { name: { type: "string", default: "a" } } } } },
    errors: ["properties[metadata].properties[name].default: Forbidden: must not be set in top-level metadata"],
  },
  {
    name: "more of metadata than its names",
    x: { type: "string" },
    root: { properties: { metadata: { type: "object", properties: { labels: { type: "object" } } } } },
    errors: [
      "properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified",
    ],
  },
  {
    name: "a list by keys that may be absent",
    x: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: { type: "object", properties: { name: { type: "string" } } },
    },
    errors: [
      "properties[x].items.properties[name].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
    ],
  },
  {
    name: "an embedded resource without members",
    x: { type: "object", "x-kubernetes-embedded-resource": true },
    errors: [
      "properties[x].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
    ],
  },
  {
    name: "a nullable root",
    x: { type: "string" },
    root: { nullable: true },
    errors: ["nullable: Forbidden: nullable cannot be true at the root"],
  },
];
for (const { name, x, root, errors } of schemas) {
  test(`a schema is refused: ${name}`, () => assert.deepEqual(schemaErrors(x, root), errors));
}

const wells: readonly JsonSchema[] = [
  { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }], pattern: "^[0-9]+%?$" },
  { type: "object", "x-kubernetes-preserve-unknown-fields": true, "x-kubernetes-embedded-resource": true },
  { type: "object", additionalProperties: true },
  { type: "object", properties: { y: { type: "string" } }, oneOf: [{ required: ["y"] }], default: { y: "a" } },
  { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set", default: ["a"] },
];
for (const x of wells) test(`a schema is well: ${JSON.stringify(x)}`, () => assert.deepEqual(schemaErrors(x), []));
