import { decoderOf } from "./codec/compile.ts";
import { fillDefaults } from "./defaults.ts";
import { equalJson } from "./json.ts";
import type { ObjectMeta } from "./meta/object_meta.ts";
import type { AnyKind } from "./object.ts";
import type { ObjectOf, Part } from "./schema/kind.ts";
import { formatTime } from "./time.ts";

/** What every object looks like from here. */
interface Prepared {
  metadata: ObjectMeta;
  status?: unknown;
  [field: string]: unknown;
}

interface Creation {
  readonly nowMs: number;
  readonly uid: string;
}

/**
 * Makes a new object (decoded, with defaults) ready to be validated and stored, in place: what only the server sets
 * is set, and a status the client sent is dropped where there is a status subresource. The name is not generated here.
 */
export function prepareForCreate<K extends AnyKind>(kind: K, object: ObjectOf<K>, creation: Creation): void {
  const next = object as Prepared;
  const { metadata } = next;
  metadata.uid = creation.uid;
  metadata.creationTimestamp = formatTime(creation.nowMs);
  if (kind.generation) metadata.generation = 1;
  else delete metadata.generation;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.resourceVersion;
  delete metadata.selfLink;
  if (hasStatus(kind) && kind.statusOnCreate !== "kept") resetStatus(kind, next);
  kind.prepare?.(object, undefined);
}

/**
 * Makes the replacement of `previous` ready to be validated and stored, in place: what a client may not change
 * through the main path is taken from `previous`, and the generation counts up if what is wanted has changed.
 * `metadata.uid` and `resourceVersion` are left for the precondition check when the client sent them.
 */
export function prepareForUpdate<K extends AnyKind>(kind: K, object: ObjectOf<K>, before: ObjectOf<K>): void {
  const [next, previous] = [object as Prepared, before as Prepared];
  keepMeta(next.metadata, previous.metadata);
  if (hasStatus(kind)) keep(next, previous, "status");
  kind.prepare?.(object, before);
  countGeneration(kind, next, previous);
}

/** As prepareForUpdate through the status subresource: only `status` and labels, annotations and finalizers may change. */
export function prepareForStatusUpdate<K extends AnyKind>(
  kind: K,
  object: ObjectOf<K>,
  before: ObjectOf<K>,
  nowMs: number,
): void {
  const [next, previous] = [object as Prepared, before as Prepared];
  keepMeta(next.metadata, previous.metadata);
  keep(next.metadata, previous.metadata, "ownerReferences");
  for (const field of new Set([...Object.keys(next), ...Object.keys(previous)])) {
    if (field !== "metadata" && field !== "status") keep(next, previous, field);
  }
  kind.prepareStatus?.(object, before, nowMs);
}

/** As prepareForUpdate through the subresource of one part. */
export function prepareForPartUpdate<K extends AnyKind>(
  kind: K,
  part: Part<ObjectOf<K>>,
  object: ObjectOf<K>,
  before: ObjectOf<K>,
  nowMs: number,
): void {
  const [next, previous] = [object as Prepared, before as Prepared];
  keepMeta(next.metadata, previous.metadata);
  part.prepare(object, before, nowMs);
  countGeneration(kind, next, previous);
}

interface Deletion {
  readonly nowMs: number;
  readonly gracePeriodSeconds: number;
}

/** Marks an object as being deleted, in place: it goes when its finalizers and its grace period are over. */
export function markDeleted(object: { metadata: ObjectMeta }, deletion: Deletion): void {
  const { metadata } = object;
  metadata.deletionTimestamp = formatTime(deletion.nowMs + deletion.gracePeriodSeconds * 1000);
  metadata.deletionGracePeriodSeconds = deletion.gracePeriodSeconds;
  if (metadata.generation !== undefined && metadata.generation > 0) metadata.generation++;
}

function hasStatus(kind: AnyKind): boolean {
  return kind.subresources["status"] !== undefined;
}

/** The status an object has that nobody has reported on yet. */
function resetStatus(kind: AnyKind, next: Prepared): void {
  const schema = kind.schema.fields["status"]?.schema;
  if (schema?.shape !== "object" || schema.lenient) {
    delete next.status;
    return;
  }
  next.status = decoderOf(schema)({}, { unknown: false });
  fillDefaults(schema, next.status);
}

/** Fields of metadata that only the server writes. */
const SERVER_META = ["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"] as const;

function keepMeta(next: ObjectMeta, previous: ObjectMeta): void {
  for (const field of SERVER_META) keep(next, previous, field);
  next.uid ??= previous.uid;
  delete next.selfLink;
}

/** Gives `next` the member `previous` has, or none. */
export function keep<T extends object>(next: T, previous: T, field: keyof T): void {
  if (previous[field] === undefined) delete next[field];
  else next[field] = previous[field];
}

function countGeneration(kind: AnyKind, next: Prepared, previous: Prepared): void {
  if (wantsOther(kind, next, previous)) next.metadata.generation = (previous.metadata.generation ?? 0) + 1;
}

/** Whether a client now wants something else: anything counts but metadata, and a status with a path of its own. */
function wantsOther(kind: AnyKind, next: Prepared, previous: Prepared): boolean {
  if (!kind.generation) return false;
  const fields = new Set([...Object.keys(next), ...Object.keys(previous)]);
  for (const field of ["metadata", "apiVersion", "kind"]) fields.delete(field);
  if (hasStatus(kind)) fields.delete("status");
  for (const field of fields) if (!equalJson(next[field], previous[field])) return true;
  if (kind.generation === true) return false;
  const also = kind.generation === "withAnnotations" ? "annotations" : "labels";
  return !equalJson(next.metadata[also] ?? {}, previous.metadata[also] ?? {});
}
