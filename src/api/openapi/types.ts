import type {
  Alternative,
  Field,
  ListSchema,
  ObjectSchema,
  ScalarFormat,
  ScalarSchema,
  Schema,
} from "../schema/schema.ts";
import type { JsonObject } from "../json.ts";
import type { Json } from "../schema/field.ts";
import type { Descriptions } from "./descriptions.ts";

/** The two dialects served: 2 is Swagger, 3 is what newer clients ask for per group and version. */
export type Dialect = 2 | 3;

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";

/** Scalars that are types of their own in Kubernetes' documents, as clients tell them apart by name. */
const NAMED: Partial<Record<ScalarFormat, { name: string; type(dialect: Dialect): JsonObject }>> = {
  time: { name: `${META}.Time`, type: () => ({ type: "string", format: "date-time" }) },
  microTime: { name: `${META}.MicroTime`, type: () => ({ type: "string", format: "date-time" }) },
  duration: { name: `${META}.Duration`, type: () => ({ type: "string" }) },
  fieldsV1: { name: `${META}.FieldsV1`, type: () => ({ type: "object" }) },
  rawExtension: { name: "io.k8s.apimachinery.pkg.runtime.RawExtension", type: () => ({ type: "object" }) },
  quantity: {
    name: "io.k8s.apimachinery.pkg.api.resource.Quantity",
    type: (dialect) => (dialect === 2 ? { type: "string" } : { oneOf: [{ type: "string" }, { type: "number" }] }),
  },
  intOrString: {
    name: "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
    type: (dialect) => ({
      ...(dialect === 2 ? { type: "string" } : { oneOf: [{ type: "integer" }, { type: "string" }] }),
      format: "int-or-string",
    }),
  },
};

const PLAIN: Partial<Record<ScalarFormat, JsonObject>> = {
  string: { type: "string" },
  boolean: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  float64: { type: "number", format: "double" },
  bytes: { type: "string", format: "byte" },
  // kubectl explain stumbles over a schema that says nothing at all.
  any: { description: "Any JSON value." },
};

/** What is said of a type for which something else may stand: its readers must look. */
const ALTERNATIVES: Readonly<Record<Alternative, string>> = {
  list: "A schema, or a list of them.",
  strings: "A schema, or a list of names.",
  boolean: "A schema, or whether anything is allowed.",
};

/** Collects the definitions of types as they are referred to. */
export class Definitions {
  readonly dialect: Dialect;
  readonly #describe: Descriptions;
  readonly #found = new Map<string, JsonObject>();

  constructor(dialect: Dialect, describe: Descriptions) {
    this.dialect = dialect;
    this.#describe = describe;
  }

  /** All definitions met so far, by name. */
  all(): JsonObject {
    return Object.fromEntries([...this.#found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** A reference to `name`, which is defined elsewhere. */
  refTo(name: string): JsonObject {
    return { $ref: `#/${this.dialect === 2 ? "definitions" : "components/schemas"}/${name}` };
  }

  /** A reference to an object type, defining it and all it is made of. `extensions` are added to its definition. */
  ref(schema: ObjectSchema, extensions: JsonObject = {}): JsonObject {
    if (!this.#found.has(schema.name)) {
      const definition: JsonObject = {};
      // Registered before it is filled: types may contain themselves.
      this.#found.set(schema.name, definition);
      Object.assign(definition, this.#objectType(schema));
    }
    Object.assign(this.#found.get(schema.name) ?? {}, extensions);
    return this.refTo(schema.name);
  }

  /** Defines a type that has no schema of ours. */
  define(name: string, definition: JsonObject): JsonObject {
    this.#found.set(name, definition);
    return this.refTo(name);
  }

  #objectType(schema: ObjectSchema): JsonObject {
    if (schema.published) return schema.published(this.dialect, (other) => this.ref(other));
    if (schema.alternative) return { description: this.#describe(schema.name) ?? ALTERNATIVES[schema.alternative] };
    const entries = Object.entries(schema.fields);
    const required = entries.filter(([, field]) => field.required).map(([name]) => name);
    const description = schema.doc ?? this.#describe(schema.name);
    return {
      ...(description !== undefined && { description }),
      type: "object",
      ...(required.length > 0 && { required }),
      ...(entries.length > 0 && {
        properties: Object.fromEntries(entries.map(([name, field]) => [name, this.#property(schema, name, field)])),
      }),
      ...(schema.atomic && { "x-kubernetes-map-type": "atomic" }),
      ...(schema.preserveUnknown && { "x-kubernetes-preserve-unknown-fields": true }),
    };
  }

  #property(owner: ObjectSchema, name: string, field: Field): JsonObject {
    const description = field.doc ?? this.#describe(owner.name, name);
    const extras: JsonObject = {
      ...(description !== undefined && { description }),
      ...(field.default !== undefined && { default: field.default as Json }),
      ...(field.minimum !== undefined && { minimum: field.minimum }),
      ...(field.maximum !== undefined && { maximum: field.maximum }),
      ...(field.patchStrategy && { "x-kubernetes-patch-strategy": field.patchStrategy }),
      ...(field.patchMergeKey && { "x-kubernetes-patch-merge-key": field.patchMergeKey }),
      ...(field.atomic && { "x-kubernetes-map-type": "atomic" }),
    };
    const type = this.#type(field.schema, field.enum);
    // Beside $ref nothing counts, so dialect 3 wraps it; readers of dialect 2 do look beside it.
    if (!("$ref" in type) || this.dialect === 2) return { ...type, ...extras };
    return Object.keys(extras).length === 0 ? type : { ...extras, allOf: [type] };
  }

  #type(schema: Schema, values?: readonly string[]): JsonObject {
    switch (schema.shape) {
      case "object":
        return this.ref(schema);
      case "list":
        return { type: "array", items: this.#type(schema.item, values), ...listExtensions(schema) };
      case "map": {
        const atomic = schema.mapType === "atomic" && { "x-kubernetes-map-type": "atomic" };
        return { type: "object", additionalProperties: this.#type(schema.value, values), ...atomic };
      }
      case "scalar":
        return { ...this.#scalar(schema), ...(values && { enum: [...values] }) };
    }
  }

  #scalar({ format }: ScalarSchema): JsonObject {
    const named = NAMED[format];
    if (!named) return PLAIN[format] ?? {};
    if (!this.#found.has(named.name)) {
      const description = this.#describe(named.name);
      this.define(named.name, { ...(description !== undefined && { description }), ...named.type(this.dialect) });
    }
    return this.refTo(named.name);
  }
}

function listExtensions({ listType }: ListSchema): JsonObject {
  if (typeof listType === "string") return { "x-kubernetes-list-type": listType };
  return { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [...listType.mapKeys] };
}
