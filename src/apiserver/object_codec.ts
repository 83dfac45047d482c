import type { AnyKind, KubeObject } from "#api/object.ts";
import type { Entry, Revision } from "#store/store.ts";

/*
 * What is stored is the object's JSON, beginning `{"apiVersion":…,"kind":…,"metadata":{`, without
 * `metadata.resourceVersion`: the revision is known only after the write. Reads and watches never parse it: they
 * replace the beginning by one that carries the revision and copy the rest.
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Parsed objects kept, per generation; the younger of two is what was used since the last change of guard. */
const PARSED_MAX = 8_192;
let young = new Map<Entry, KubeObject>();
let old = new Map<Entry, KubeObject>();

/** `{"apiVersion":"v1","kind":"Pod","metadata":{"resourceVersion":"` */
const beginnings = new WeakMap<AnyKind, Uint8Array>();

/** Where all objects of a kind stand, or those of one namespace. */
export function storagePrefix(kind: AnyKind, namespace = ""): string {
  const base = `/registry/${kind.group === "" ? "core" : kind.group}/${kind.plural}/`;
  return namespace === "" ? base : `${base}${namespace}/`;
}

/** Where one object stands. */
export function storageKey(kind: AnyKind, namespace: string, name: string): string {
  return `${storagePrefix(kind, kind.scope === "Namespaced" ? namespace : "")}${name}`;
}

/** The bytes to store for `object`. */
export function encodeObject(object: KubeObject): Uint8Array {
  const { apiVersion, kind, metadata, ...rest } = object;
  const { resourceVersion: _, ...kept } = metadata;
  return encoder.encode(JSON.stringify({ apiVersion, kind, metadata: kept, ...rest }));
}

/**
 * The object at `entry`, with its resourceVersion, as it was stored.
 * It is shared between all readers: clone it before changing anything.
 */
export function objectOf(entry: Entry): KubeObject {
  let object = young.get(entry);
  if (object !== undefined) return object;
  object = old.get(entry);
  if (object === undefined) {
    object = JSON.parse(decoder.decode(entry.value)) as KubeObject;
    object.metadata.resourceVersion = String(entry.modRevision);
  }
  if (young.size >= PARSED_MAX) {
    old = young;
    young = new Map();
  }
  young.set(entry, object);
  return object;
}

/** The object as a client of `kind` is sent it: JSON with the resourceVersion (that of a deletion, if given). */
export function wireBytes(kind: AnyKind, entry: Entry, revision: Revision = entry.modRevision): Uint8Array {
  const beginning = beginningOf(kind);
  const version = encoder.encode(`${revision}",`);
  // The second brace opens the metadata: apiVersion and kind hold none.
  const rest = entry.value.subarray(entry.value.indexOf(0x7b, 1) + 1);
  const bytes = new Uint8Array(beginning.length + version.length + rest.length);
  bytes.set(beginning);
  bytes.set(version, beginning.length);
  bytes.set(rest, beginning.length + version.length);
  return bytes;
}

function beginningOf(kind: AnyKind): Uint8Array {
  let beginning = beginnings.get(kind);
  if (beginning === undefined) {
    const text = JSON.stringify({ apiVersion: kind.apiVersion, kind: kind.kind }).slice(0, -1);
    beginning = encoder.encode(`${text},"metadata":{"resourceVersion":"`);
    beginnings.set(kind, beginning);
  }
  return beginning;
}
