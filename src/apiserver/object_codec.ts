import { fieldsJson } from "#api/apply/created_fields.ts";
import type { ManagedFieldsEntry } from "#api/meta/object_meta.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import type { Entry, Revision, Store } from "#store/store.ts";
import { sharedText } from "./pod_specs.ts";

/*
 * What is stored is the object's JSON, beginning `{"apiVersion":…,"kind":…,"metadata":{`, without
 * `metadata.resourceVersion`: the revision is known only after the write. Reads and watches never parse it: they
 * replace the beginning by one that carries the revision and copy the rest.
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const ZERO = 0x30;
const BRACE = 0x7b;
const CLOSE = 0x7d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Within so many bytes the metadata have begun: names of groups, versions and kinds are bounded. */
const BEGINNING_BYTES = 512;
/** Where values are unpacked that are copied from at once. */
const room = new Uint8Array(32_768);
/** What follows the digits of a resourceVersion. */
const VERSION_END = encoder.encode('",');

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
  const { apiVersion, kind, metadata } = object;
  const { resourceVersion: _, managedFields, ...kept } = metadata;
  const beginning = JSON.stringify({ apiVersion, kind, metadata: kept });
  // Who manages fields stands last in the metadata: often half of an object, and its text is mostly known.
  const managers = managedFields === undefined ? "" : `"managedFields":${managersJson(managedFields)}`;
  const comma = managers === "" || beginning.endsWith("{}}") ? "" : ",";
  return encoder.encode(`${beginning.slice(0, -2)}${comma}${managers}}${restJson(object)}}`);
}

/** What stands behind the metadata. */
function restJson(object: KubeObject): string {
  let text = "";
  for (const name in object) {
    if (name === "apiVersion" || name === "kind" || name === "metadata") continue;
    const member = object[name as keyof KubeObject] as unknown;
    const json = sharedText(member) ?? JSON.stringify(member);
    if (json !== undefined) text += `,${JSON.stringify(name)}:${json}`;
  }
  return text;
}

function managersJson(entries: readonly ManagedFieldsEntry[]): string {
  return `[${entries.map(managerJson).join(",")}]`;
}

/** In the order of the schema, as everything that is stored. */
function managerJson({ fieldsV1, subresource, ...said }: ManagedFieldsEntry): string {
  const fields = fieldsJson(fieldsV1);
  const members = [JSON.stringify(said).slice(1, -1)];
  if (fields !== undefined) members.push(`"fieldsV1":${fields}`);
  if (subresource !== undefined) members.push(`"subresource":${JSON.stringify(subresource)}`);
  return `{${members.filter((each) => each !== "").join(",")}}`;
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
    object = writtenAt(entry) ?? parsed(entry);
  }
  if (young.size >= PARSED_MAX) {
    old = young;
    young = new Map();
  }
  young.set(entry, object);
  return object;
}

/** As `objectOf`, for who looks at an entry once: nothing is kept for others. */
export function objectOnce(entry: Entry): KubeObject {
  return young.get(entry) ?? old.get(entry) ?? writtenAt(entry) ?? parsed(entry);
}

function parsed({ value, modRevision }: Entry): KubeObject {
  const object = JSON.parse(decoder.decode(value)) as KubeObject;
  object.metadata.resourceVersion = String(modRevision);
  return object;
}

/** An object on its way into the store, and what is seen of it there, once that is asked for. */
interface UnderWay {
  readonly object: KubeObject;
  /** Made anew, of what a decoder gives: no member of it is undefined. */
  readonly isNew: boolean;
  seen?: KubeObject | undefined;
}

/** Objects on their way into the store, by their bytes. */
const underWay = new Map<Uint8Array, UnderWay>();

/**
 * Writes `object` at `key`, as `Store.put` does. Who looks at it the moment it is there, as watches do, is given this
 * very object instead of one parsed anew: nobody changes it from now on.
 */
export async function putObject(
  store: Store,
  key: string,
  object: KubeObject,
  expected: Revision | "absent",
): Promise<Entry> {
  const bytes = encodeObject(object);
  underWay.set(bytes, { object, isNew: expected === "absent" });
  try {
    const entry = await store.put(key, bytes, expected);
    // What was changed once is likely to be changed again.
    if (expected !== "absent") objectOf(entry);
    return entry;
  } finally {
    underWay.delete(bytes);
  }
}

/** The object at `entry` while it is being written, as it would be parsed. */
function writtenAt({ value, modRevision }: Entry): KubeObject | undefined {
  const written = underWay.get(value);
  if (written === undefined) return undefined;
  if (written.seen !== undefined) return written.seen;
  const { apiVersion, kind, metadata, ...rest } = written.object;
  const { resourceVersion: _, managedFields, ...kept } = metadata;
  // What JSON leaves out must not be seen by whoever asks whether there is such a member.
  if (!written.isNew && (!isJson(rest) || !isJson(kept))) return undefined;
  const managers = managedFields === undefined ? {} : { managedFields };
  written.seen = {
    apiVersion,
    kind,
    metadata: { ...kept, ...managers, resourceVersion: String(modRevision) },
    ...rest,
  };
  return written.seen;
}

/** Whether a value comes out of JSON as it goes in: nothing in it is undefined. */
function isJson(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return value !== undefined;
  if (Array.isArray(value)) return value.every(isJson);
  for (const key in value) if (!isJson(value[key as never])) return false;
  return true;
}

/** The object as a client of `kind` is sent it: JSON with the resourceVersion (that of a deletion, if given). */
export function wireBytes(kind: AnyKind, { value, modRevision }: Entry, revision: Revision = modRevision): Uint8Array {
  const bytes = new Uint8Array(lengthOf(kind, value, value.length, revision));
  writeWire(bytes, 0, kind, value, revision);
  return bytes;
}

/**
 * The metadata of the object at `entry`, as an object of that alone, with the resourceVersion. Nothing is parsed:
 * whoever asks for metadata asks because the rest is big.
 *
 * @param type `{"apiVersion":…,"kind":"PartialObjectMetadata"`: the beginning without what follows.
 */
export function metadataBytes(type: string, { value }: Entry, revision: Revision): Uint8Array {
  const start = metadataStart(value);
  const beginning = encoder.encode(`${type},"metadata":{"resourceVersion":"${revision}",`);
  const end = closingBrace(value, start);
  const bytes = new Uint8Array(beginning.length + end - start + 2);
  bytes.set(beginning);
  bytes.set(value.subarray(start, end + 1), beginning.length);
  bytes[bytes.length - 1] = CLOSE;
  return bytes;
}

/** Where the object ends that `start` lies in. */
function closingBrace(value: Uint8Array, start: number): number {
  let depth = 1;
  for (let at = start; at < value.length; at++) {
    const byte = value[at];
    if (byte === QUOTE) at = closingQuote(value, at);
    else if (byte === BRACE) depth++;
    else if (byte === CLOSE && --depth === 0) return at;
  }
  throw new SyntaxError("A stored object does not close");
}

function closingQuote(value: Uint8Array, open: number): number {
  let at = open + 1;
  for (; value[at] !== QUOTE && at < value.length; at++) if (value[at] === BACKSLASH) at++;
  return at;
}

/** The length of `wireBytes`, told without unpacking the value. */
export function wireLength(kind: AnyKind, entry: Entry): number {
  return lengthOf(kind, entry.beginning(BEGINNING_BYTES, room), entry.size, entry.modRevision);
}

/**
 * Writes what `wireBytes` gives at `at` of a larger buffer; returns where it ends.
 *
 * @returns Undefined if there is no room for it, and nothing was written.
 */
export function writeEntry(target: Uint8Array, at: number, kind: AnyKind, entry: Entry): number | undefined {
  const { modRevision } = entry;
  const value = entry.beginning(Infinity, room);
  if (at + lengthOf(kind, value, value.length, modRevision) > target.length) return undefined;
  return writeWire(target, at, kind, value, modRevision);
}

/** @param value The stored bytes, or their beginning. */
function lengthOf(kind: AnyKind, value: Uint8Array, size: number, revision: Revision): number {
  return beginningOf(kind).length + digitsOf(revision) + VERSION_END.length + size - metadataStart(value);
}

function writeWire(target: Uint8Array, at: number, kind: AnyKind, value: Uint8Array, revision: Revision): number {
  const beginning = beginningOf(kind);
  const versionAt = at + beginning.length;
  const versionEnd = versionAt + digitsOf(revision);
  const restAt = versionEnd + VERSION_END.length;
  const start = metadataStart(value);
  target.set(value.subarray(start), restAt);
  target.set(beginning, at);
  for (let left = revision, place = versionEnd - 1; place >= versionAt; place--, left = Math.floor(left / 10)) {
    target[place] = ZERO + (left % 10);
  }
  target.set(VERSION_END, versionEnd);
  return restAt + value.length - start;
}

/** Where the first member of the metadata begins. The second brace opens them: apiVersion and kind hold none. */
function metadataStart(value: Uint8Array): number {
  let at = 1;
  // By hand: it is some 40 bytes away, and the built-in search takes longer to begin than to find.
  while (at < value.length && value[at] !== BRACE) at++;
  return at + 1;
}

function digitsOf(revision: Revision): number {
  let digits = 1;
  for (let bound = 10; revision >= bound; bound *= 10) digits++;
  return digits;
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
