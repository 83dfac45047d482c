import { isJsonObject, put, type Json, type JsonObject } from "../json.ts";
import { ObjectMeta } from "../meta/object_meta.ts";
import type { PublishedSchema } from "../schema/schema.ts";
import type { JsonSchema } from "./json_schema.ts";

const PRESERVE = "x-kubernetes-preserve-unknown-fields";
const TYPE_META = {
  apiVersion: { type: "string", description: "The version of the schema that this object follows." },
  kind: { type: "string", description: "What the object is, in CamelCase. It cannot be changed." },
};

/**
 * How OpenAPI documents show a custom resource: its own schema, with what every object has. Of a resource that keeps
 * whatever it is sent, readers of Swagger are told nothing, or they would refuse what they do not find there.
 */
export function publishedSchema(schema: JsonSchema | undefined): PublishedSchema {
  return (dialect, refTo) => {
    if (schema === undefined || (dialect === 2 && schema[PRESERVE])) return { type: "object" };
    const meta = { ...TYPE_META, metadata: refTo(ObjectMeta) };
    const shown = shownAt(schema as unknown as JsonObject, { dialect, meta });
    return withMeta(shown, meta);
  };
}

interface Showing {
  readonly dialect: 2 | 3;
  /** What whole objects have, also those inside others. */
  readonly meta: JsonObject;
}

function withMeta(shown: JsonObject, meta: JsonObject): JsonObject {
  const properties = isJsonObject(shown["properties"]) ? shown["properties"] : {};
  return { ...shown, properties: { ...properties, ...meta } };
}

function shownAt(schema: JsonObject, showing: Showing): JsonObject {
  const shown: JsonObject = {};
  for (const [word, value] of Object.entries(schema)) put(shown, word, shownWord(word, value, showing));
  const whole = schema["x-kubernetes-embedded-resource"] === true ? withMeta(shown, showing.meta) : shown;
  if (showing.dialect === 2) return asSwagger(whole);
  if (schema["x-kubernetes-int-or-string"] === true) whole["anyOf"] ??= [{ type: "integer" }, { type: "string" }];
  return whole;
}

function shownWord(word: string, value: Json, showing: Showing): Json {
  const inner = (each: Json) => (isJsonObject(each) ? shownAt(each, showing) : each);
  switch (word) {
    case "properties": {
      const shown: JsonObject = {};
      for (const [name, each] of Object.entries(isJsonObject(value) ? value : {})) put(shown, name, inner(each));
      return shown;
    }
    case "items":
    case "additionalProperties":
    case "not":
      return inner(value);
    case "allOf":
    case "anyOf":
    case "oneOf":
      return Array.isArray(value) ? value.map(inner) : value;
    default:
      return value;
  }
}

const UNKNOWN_TO_SWAGGER = ["allOf", "anyOf", "oneOf", "not", "nullable"];

/** What kubectl understands of a schema in dialect 2: where it would misread one, the value is left open. */
function asSwagger(shown: JsonObject): JsonObject {
  const open = { ...shown };
  const isNullable = shown["nullable"] === true;
  const keepsAll = shown[PRESERVE] === true;
  for (const word of UNKNOWN_TO_SWAGGER) delete open[word];
  if (isNullable || keepsAll) {
    delete open["items"];
    delete open["properties"];
  }
  const isBareList = open["type"] === "array" && open["items"] === undefined;
  if (isNullable || isBareList || (keepsAll && open["type"] === "object")) delete open["type"];
  return open;
}
