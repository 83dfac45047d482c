import { isJsonObject, own, type Json, type JsonObject } from "../json.ts";
import { List, MapValue, type Value } from "./value.ts";

/** A value that no schema describes, as admission policies see objects: whole numbers are ints, others doubles. */
export function valueOfJson(json: Json): Value {
  if (typeof json === "number") return Number.isSafeInteger(json) ? BigInt(json) : json;
  if (Array.isArray(json)) return new JsonList(json);
  return isJsonObject(json) ? new JsonMap(json) : (json as string | boolean | null);
}

class JsonList extends List {
  readonly #json: readonly Json[];

  constructor(json: readonly Json[]) {
    super();
    this.#json = json;
  }

  get size(): number {
    return this.#json.length;
  }

  at(index: number): Value {
    return valueOfJson(this.#json[index] ?? null);
  }
}

class JsonMap extends MapValue {
  readonly #json: JsonObject;
  #keys: readonly string[] | undefined;

  constructor(json: JsonObject) {
    super();
    this.#json = json;
  }

  get size(): number {
    return this.keys().length;
  }

  find(key: Value): Value | undefined {
    const json = typeof key === "string" ? own(this.#json, key) : undefined;
    return json === undefined ? undefined : valueOfJson(json);
  }

  keys(): readonly string[] {
    return (this.#keys ??= Object.keys(this.#json));
  }
}
