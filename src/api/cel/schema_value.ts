import { fromBase64 } from "../base64.ts";
import { equalJson, isJsonObject, own, type Json, type JsonObject } from "../json.ts";
import { durationFrom } from "./lib_convert.ts";
import { escapeName, unescapeName } from "./escape.ts";
import { additionalOf, asRoot, isEmbedded, itemsOf, propertyOf, type RuleSchema } from "./rule_schema.ts";
import { SchemaList, type Reader } from "./schema_list.ts";
import { parseDate, parseTimestamp, type Timestamp } from "./time_values.ts";
import { CelError, MapValue, Opaque, type Equality, type Result, type Value } from "./value.ts";
import { CelType } from "./types.ts";

const readers = new WeakMap<RuleSchema, Reader>();

/** How a schema's values are read, worked out once; what is inside them is read only when an expression asks. */
export function readerOf(schema: RuleSchema): Reader {
  const known = readers.get(schema);
  if (known !== undefined) return known;
  const inner = readerOfType(schema);
  const isNullable = schema.nullable === true;
  const reader: Reader = (json) => {
    if (json !== null) return inner(json);
    return isNullable ? null : new CelError("invalid data, got null for schema with nullable=false");
  };
  readers.set(schema, reader);
  return reader;
}

function invalid(wanted: string): CelError {
  return new CelError(`invalid data, expected ${wanted}`);
}

/** What Go calls the type of a JSON value. */
function goType(json: Json): string {
  if (typeof json === "number") return Number.isInteger(json) ? "int64" : "float64";
  if (typeof json === "boolean") return "bool";
  if (typeof json === "string") return "string";
  return Array.isArray(json) ? "[]interface {}" : "map[string]interface {}";
}

function readerOfType(schema: RuleSchema): Reader {
  if (schema["x-kubernetes-int-or-string"]) {
    return (json) => {
      if (typeof json === "string") return json;
      return integer(json) ?? invalid("XIntOrString value to be either a string or integer");
    };
  }
  switch (schema.type) {
    case "object":
      return objectReader(isEmbedded(schema) ? asRoot(schema) : schema);
    case "array":
      return listReader(schema);
    case "string":
      return textReader(schema.format);
    case "number":
      return (json) => (typeof json === "number" ? json : invalid(`float, got ${goType(json)}`));
    case "integer":
      return (json) => integer(json) ?? invalid(`int, got ${goType(json)}`);
    case "boolean":
      return (json) => (typeof json === "boolean" ? json : invalid(`bool, got ${goType(json)}`));
    default:
      return (json) => new PreservedValue(json);
  }
}

function integer(json: Json): bigint | undefined {
  if (typeof json !== "number" || !Number.isInteger(json)) return undefined;
  // 2^63 - 1 is read as 2^63, the number next to it.
  const value = BigInt(json);
  return value === 2n ** 63n ? value - 1n : value;
}

function listReader(schema: RuleSchema): Reader {
  const items = itemsOf(schema);
  if (items === undefined) return () => new CelError("invalid array type, expected Items with a non-empty Schema");
  const kind = schema["x-kubernetes-list-type"] ?? "atomic";
  const keys = (schema["x-kubernetes-list-map-keys"] ?? []).map((key) => escapeName(key) ?? key);
  // Read when first asked for: a schema may be deep.
  const read: Reader = (json) => readerOf(items)(json);
  return (json) =>
    Array.isArray(json)
      ? new SchemaList(json, read, kind, keys)
      : invalid("an array for the provided schema with type=array");
}

function objectReader(schema: RuleSchema): Reader {
  const additional = additionalOf(schema);
  const isObject = schema.properties !== undefined || isEmbedded(schema);
  const schemaOf = (key: string) => (isObject ? propertyOf(schema, key) : additional);
  return (json) =>
    isJsonObject(json)
      ? new SchemaMap(json, schemaOf, isObject)
      : invalid("a map for the provided schema with type=object");
}

function textReader(format: string | undefined): Reader {
  const parse = (format === undefined ? undefined : FORMATS[format]) ?? ((text: string): Result => text);
  return (json) => (typeof json === "string" ? parse(json) : invalid(`string, got ${goType(json)}`));
}

function time(value: Timestamp | undefined, text: string, form: string): Result {
  return value ?? new CelError(`Invalid ${form} formatted string ${text}`);
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const FORMATS: Readonly<Record<string, (text: string) => Result>> = {
  duration: (text) => durationFrom(text),
  date: (text) => time(parseDate(text), text, "date"),
  "date-time": (text) => time(parseTimestamp(text), text, "date-time"),
  byte: (text) => (BASE64.test(text) ? fromBase64(text) : new CelError(`Invalid byte formatted string ${text}`)),
};

const members = new WeakMap<JsonObject, readonly string[]>();
/** What expressions call the members that have a schema. */
const keysOf = new WeakMap<JsonObject, readonly string[]>();

/** The names in an object, found once: wrappers come and go with each access. */
function membersOf(json: JsonObject): readonly string[] {
  let names = members.get(json);
  if (names === undefined) members.set(json, (names = Object.keys(json)));
  return names;
}

/** An object of the API: its properties by identifier, or a map by key. */
class SchemaMap extends MapValue {
  readonly json: JsonObject;
  readonly #schemaOf: (key: string) => RuleSchema | undefined;
  readonly #isObject: boolean;

  constructor(json: JsonObject, schemaOf: (key: string) => RuleSchema | undefined, isObject: boolean) {
    super();
    this.json = json;
    this.#schemaOf = schemaOf;
    this.#isObject = isObject;
  }

  get size(): number {
    return membersOf(this.json).length;
  }

  find(key: Value): Result | undefined {
    if (typeof key !== "string") return undefined;
    const name = this.#isObject ? unescapeName(key) : key;
    const json = name === undefined ? undefined : own(this.json, name);
    if (name === undefined || json === undefined || (this.#isObject && json === null)) return undefined;
    const schema = this.#schemaOf(name);
    return schema && readerOf(schema)(json);
  }

  keys(): readonly Value[] {
    let keys = keysOf.get(this.json);
    if (keys === undefined) {
      const known = membersOf(this.json).filter((key) => this.#schemaOf(key) !== undefined);
      keys = this.#isObject ? known.map((key) => escapeName(key) ?? key) : known;
      keysOf.set(this.json, keys);
    }
    return keys;
  }

  /** What no schema describes is compared as JSON. */
  override equals(other: MapValue, equal: Equality): boolean | CelError {
    if (other instanceof SchemaMap && other.json === this.json) return true;
    if (this.size !== other.size) return false;
    for (const key of membersOf(this.json)) {
      const same = this.#equalMember(key, other, equal);
      if (same !== true) return same;
    }
    return true;
  }

  #equalMember(key: string, other: MapValue, equal: Equality): boolean | CelError {
    if (this.#schemaOf(key) !== undefined) {
      const identifier = this.#isObject ? (escapeName(key) ?? key) : key;
      return equalFound(this.find(identifier), other.find(identifier), equal);
    }
    if (!(other instanceof SchemaMap)) return new CelError("no such overload");
    const [mine, theirs] = [own(this.json, key), own(other.json, key)];
    if (mine === undefined || theirs === undefined) return true;
    return equal(new PreservedValue(mine), new PreservedValue(theirs));
  }
}

function equalFound(a: Result | undefined, b: Result | undefined, equal: Equality): boolean | CelError {
  if (a === undefined || b === undefined) return a === b;
  if (a instanceof CelError) return a;
  return b instanceof CelError ? b : equal(a, b);
}

const UNKNOWN = new CelType("opaque", "unknown");

/** A value that is kept although no schema describes it: it can only be compared. */
class PreservedValue extends Opaque {
  readonly #json: Json;

  constructor(json: Json) {
    super();
    this.#json = json;
  }

  get type(): CelType {
    return UNKNOWN;
  }

  override get weight(): number {
    return 4 * weightOf(this.#json);
  }

  sameAs(other: Opaque): boolean {
    return other instanceof PreservedValue && equalJson(this.#json, other.#json);
  }
}

const weights = new WeakMap<object, number>();

/** How many values are in a JSON value, itself included; counted once. */
function weightOf(json: Json): number {
  if (typeof json !== "object" || json === null) return 1;
  let weight = weights.get(json);
  if (weight === undefined) {
    const inner: readonly Json[] = Array.isArray(json) ? json : Object.values(json);
    weight = inner.reduce<number>((sum, each) => sum + weightOf(each), 1);
    weights.set(json, weight);
  }
  return weight;
}
