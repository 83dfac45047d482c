import { equalJson, cloneJson, isJsonObject, own, put, type Json, type JsonObject } from "../json.ts";
import { PATCH_LIMITS, PatchError, unprocessable } from "./patch_error.ts";

type Container = JsonObject | Json[];

/**
 * Applies a JSON patch (RFC 6902) to a copy of `document`; the first failing operation fails the whole. As in the
 * reference server, array indices may be negative, `replace` may name an absent member and an absent `value` is
 * null. Throws PatchError.
 */
export function applyJsonPatch(document: JsonObject, patch: Json): Json {
  if (!Array.isArray(patch)) {
    const kind = isJsonObject(patch) ? "object" : typeof patch;
    const type = "Go value of type []handlers.jsonPatchOp";
    throw new PatchError(400, `error decoding patch: json: cannot unmarshal ${kind} into ${type}`);
  }
  if (patch.length > PATCH_LIMITS.operationsMax) {
    const most = `The allowed maximum operations in a JSON patch is ${PATCH_LIMITS.operationsMax}`;
    throw new PatchError(413, `${most}, got ${patch.length}`);
  }
  const run = new Run(cloneJson(document));
  for (const operation of patch) run.apply(operation);
  return run.root;
}

/** One patch under way; it owns its document. */
class Run {
  root: Json;
  #copiedBytes = 0;

  constructor(root: Json) {
    this.root = root;
  }

  apply(operation: Json): void {
    if (!isJsonObject(operation)) throw new PatchError(400, "json: cannot unmarshal operation of JSON patch");
    const kind = own(operation, "op");
    switch (kind) {
      case "add":
        return this.#add(textOf(operation, "path", "add"), valueOf(operation));
      case "remove":
        return this.#remove(textOf(operation, "path", "remove"));
      case "replace":
        return this.#replace(textOf(operation, "path", "replace"), valueOf(operation));
      case "move":
        return this.#move(textOf(operation, "from", "move"), textOf(operation, "path", "move"));
      case "copy":
        return this.#copy(textOf(operation, "from", "copy"), textOf(operation, "path", "copy"));
      case "test":
        return this.#test(textOf(operation, "path", "test"), valueOf(operation));
      default:
        throw unprocessable(`Unexpected kind: ${typeof kind === "string" ? kind : "unknown"}`);
    }
  }

  #add(path: string, value: Json): void {
    const { container, key } = this.#find(path, `add operation does not apply: doc is missing path: "${path}"`);
    insert(container, key, value);
  }

  #remove(path: string): void {
    const { container, key } = this.#find(path, `remove operation does not apply: doc is missing path: "${path}"`);
    removeAt(container, key);
  }

  #replace(path: string, value: Json): void {
    if (path === "") {
      if (typeof value !== "object" || value === null) {
        throw unprocessable("replace operation value must be object or array");
      }
      this.root = value;
      return;
    }
    const { container, key } = this.#find(path, `replace operation does not apply: doc is missing path: ${path}`);
    if (Array.isArray(container)) container[indexOf(key, container.length)] = value;
    else put(container, key, value);
  }

  #move(from: string, path: string): void {
    const source = this.#find(from, `move operation does not apply: doc is missing from path: ${from}`);
    const value = read(source.container, source.key) ?? null;
    removeAt(source.container, source.key);
    const { container, key } = this.#find(
      path,
      `move operation does not apply: doc is missing destination path: ${path}`,
    );
    insert(container, key, value);
  }

  #copy(from: string, path: string): void {
    const source = this.#find(from, `copy operation does not apply: doc is missing from path: ${from}`);
    const value = cloneJson(read(source.container, source.key) ?? null);
    const { container, key } = this.#find(
      path,
      `copy operation does not apply: doc is missing destination path: ${path}`,
    );
    this.#copiedBytes += JSON.stringify(value).length;
    if (this.#copiedBytes > PATCH_LIMITS.copyBytesMax) {
      const grown = `the accumulated size increase of copy is ${this.#copiedBytes}`;
      throw unprocessable(`Unable to complete the copy, ${grown}, exceeding the limit ${PATCH_LIMITS.copyBytesMax}`);
    }
    insert(container, key, value);
  }

  #test(path: string, expected: Json): void {
    const actual = path === "" ? this.root : this.#valueAt(path);
    if (!equalJson(actual ?? null, expected)) throw unprocessable(`testing value ${path} failed: test failed`);
  }

  #valueAt(path: string): Json | undefined {
    const { container, key } = this.#find(path, `test operation does not apply: is missing path: ${path}`);
    return read(container, key);
  }

  /** The container that holds (or may come to hold) what `path` names. */
  #find(path: string, problem: string): { container: Container; key: string } {
    const missing = () => unprocessable(`${problem}: missing value`);
    const parts = path.split("/").slice(1).map(decodePart);
    const key = parts.pop();
    let at: Json | undefined = this.root;
    for (const part of parts) {
      if (Array.isArray(at)) at = at[looseIndex(part, at.length)];
      else at = isJsonObject(at) ? own(at, part) : undefined;
    }
    if (key === undefined || typeof at !== "object" || at === null) throw missing();
    return { container: at, key };
  }
}

function textOf(operation: JsonObject, field: "path" | "from", kind: string): string {
  const text = own(operation, field);
  if (typeof text !== "string") throw unprocessable(`${kind} operation failed to decode ${field}: missing value`);
  return text;
}

function valueOf(operation: JsonObject): Json {
  return cloneJson(own(operation, "value") ?? null);
}

function decodePart(part: string): string {
  return part.replace(/~1/g, "/").replace(/~0/g, "~");
}

/** The index a path part names, -1 when it names none. */
function looseIndex(part: string, length: number): number {
  if (!/^[+-]?[0-9]{1,15}$/.test(part)) return -1;
  const index = Number(part);
  return index < 0 ? index + length : index;
}

function indexOf(part: string, length: number): number {
  const index = looseIndex(part, length);
  if (index < 0 || index >= length) {
    throw unprocessable(`Unable to access invalid index: ${part}: invalid index referenced`);
  }
  return index;
}

function read(container: Container, key: string): Json | undefined {
  return Array.isArray(container) ? container[indexOf(key, container.length)] : own(container, key);
}

function insert(container: Container, key: string, value: Json): void {
  if (!Array.isArray(container)) put(container, key, value);
  else if (key === "-") container.push(value);
  else container.splice(indexOf(key, container.length + 1), 0, value);
}

function removeAt(container: Container, key: string): void {
  if (Array.isArray(container)) {
    container.splice(indexOf(key, container.length), 1);
    return;
  }
  if (!Object.hasOwn(container, key)) throw unprocessable(`Unable to remove nonexistent key: ${key}: missing value`);
  delete container[key];
}
