import { isJsonObject, type JsonObject } from "../json.ts";
import type { Json } from "../schema/field.ts";

/**
 * Dialect 2 in protobuf (gnostic's openapi.v2, OpenAPIv2.proto): the only form in which kubectl before 1.27 takes it.
 * What the documents here do not use is not written.
 */
export function swaggerToProtobuf(document: JsonObject): Uint8Array {
  return message((out) => {
    out.text(1, document["swagger"]);
    out.message(2, (info) => {
      info.text(1, child(document, "info")["title"]);
      info.text(2, child(document, "info")["version"]);
    });
    out.message(8, (paths) => {
      named(paths, 2, child(document, "paths"), writePathItem);
    });
    out.message(9, (definitions) => {
      named(definitions, 1, child(document, "definitions"), writeSchema);
    });
  });
}

type Fill = (out: Writer) => void;

const encoder = new TextEncoder();

/** Appends fields to a message. Empty texts and false are left out, as proto3 does. */
class Writer {
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  text(field: number, value: Json | undefined): void {
    if (typeof value === "string" && value !== "") this.#delimited(field, encoder.encode(value));
  }

  texts(field: number, values: Json | undefined): void {
    for (const value of Array.isArray(values) ? values : []) this.#delimited(field, encoder.encode(String(value)));
  }

  flag(field: number, value: Json | undefined): void {
    if (value === true) this.#push(Uint8Array.from([field << 3, 1]));
  }

  number(field: number, value: Json | undefined): void {
    if (typeof value !== "number") return;
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    this.#push(tag(field, 1));
    this.#push(bytes);
  }

  message(field: number, fill: Fill): void {
    this.#delimited(field, message(fill));
  }

  bytes(): Uint8Array {
    const whole = new Uint8Array(this.#size);
    let at = 0;
    for (const chunk of this.#chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }

  #delimited(field: number, bytes: Uint8Array): void {
    this.#push(tag(field, 2));
    this.#push(varint(bytes.length));
    this.#push(bytes);
  }

  #push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }
}

function message(fill: Fill): Uint8Array {
  const out = new Writer();
  fill(out);
  return out.bytes();
}

function tag(field: number, wireType: number): Uint8Array {
  return varint((field << 3) | wireType);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

function child(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isJsonObject(value) ? value : {};
}

function children(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** A map, which is a list of messages of name and value. */
function named(out: Writer, field: number, values: JsonObject, write: (out: Writer, value: JsonObject) => void): void {
  for (const [name, value] of Object.entries(values)) {
    out.message(field, (entry) => {
      entry.text(1, name);
      if (isJsonObject(value)) entry.message(2, (inner) => write(inner, value));
    });
  }
}

/** A value of any shape travels as YAML text; JSON is YAML. */
function anyValue(out: Writer, field: number, value: Json | undefined): void {
  if (value !== undefined) out.message(field, (any) => any.text(2, `${JSON.stringify(value)}\n`));
}

function extensions(out: Writer, field: number, object: JsonObject): void {
  for (const [name, value] of Object.entries(object)) {
    if (!name.startsWith("x-")) continue;
    out.message(field, (entry) => {
      entry.text(1, name);
      anyValue(entry, 2, value);
    });
  }
}

function writeSchema(out: Writer, schema: JsonObject): void {
  out.text(1, schema["$ref"]);
  out.text(2, schema["format"]);
  out.text(4, schema["description"]);
  anyValue(out, 5, schema["default"]);
  out.number(7, schema["maximum"]);
  out.number(9, schema["minimum"]);
  out.texts(19, schema["required"]);
  for (const value of Array.isArray(schema["enum"]) ? schema["enum"] : []) anyValue(out, 20, value);
  const additional = schema["additionalProperties"];
  if (isJsonObject(additional)) out.message(21, (item) => item.message(1, (inner) => writeSchema(inner, additional)));
  if (schema["type"] !== undefined) out.message(22, (type) => type.text(1, schema["type"]));
  const { items } = schema;
  if (isJsonObject(items)) out.message(23, (item) => item.message(1, (inner) => writeSchema(inner, items)));
  const { properties } = schema;
  if (isJsonObject(properties)) out.message(25, (inner) => named(inner, 1, properties, writeSchema));
  extensions(out, 31, schema);
}

const METHODS = { get: 2, put: 3, post: 4, delete: 5, patch: 8 } as const;

function writePathItem(out: Writer, item: JsonObject): void {
  for (const [method, field] of Object.entries(METHODS)) {
    const operation = item[method];
    if (isJsonObject(operation)) out.message(field, (inner) => writeOperation(inner, operation));
  }
}

function writeOperation(out: Writer, operation: JsonObject): void {
  out.texts(1, operation["tags"]);
  out.text(3, operation["description"]);
  out.text(5, operation["operationId"]);
  out.texts(6, operation["produces"]);
  out.texts(7, operation["consumes"]);
  for (const parameter of children(operation["parameters"])) {
    out.message(8, (item) => item.message(1, (inner) => writeParameter(inner, parameter)));
  }
  out.message(9, (responses) => named(responses, 1, child(operation, "responses"), writeResponse));
  out.texts(10, operation["schemes"]);
  extensions(out, 13, operation);
}

function writeParameter(out: Writer, parameter: JsonObject): void {
  if (parameter["in"] === "body") {
    out.message(1, (body) => {
      body.text(2, parameter["name"]);
      body.text(3, parameter["in"]);
      body.flag(4, parameter["required"]);
      body.message(5, (schema) => writeSchema(schema, child(parameter, "schema")));
    });
    return;
  }
  const inQuery = parameter["in"] === "query";
  out.message(2, (plain) =>
    plain.message(inQuery ? 3 : 4, (inner) => {
      inner.flag(1, parameter["required"]);
      inner.text(2, parameter["in"]);
      inner.text(3, parameter["description"]);
      inner.text(4, parameter["name"]);
      inner.text(inQuery ? 6 : 5, parameter["type"]);
    }),
  );
}

/** A response stands in a choice of response and reference. */
function writeResponse(out: Writer, response: JsonObject): void {
  out.message(1, (inner) => {
    inner.text(1, response["description"]);
    const { schema } = response;
    if (isJsonObject(schema)) inner.message(2, (item) => item.message(1, (type) => writeSchema(type, schema)));
  });
}
