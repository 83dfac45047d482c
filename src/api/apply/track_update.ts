import { equalJson, type JsonObject } from "../json.ts";
import type { ManagedFieldsEntry } from "../meta/object_meta.ts";
import type { KindNames } from "../schema/kind.ts";
import type { ObjectSchema } from "../schema/schema.ts";
import { formatTime } from "../time.ts";
import { compare } from "./compare.ts";
import { createdFields } from "./created_fields.ts";
import { LEAF, isEmpty, sorted, union, without } from "./field_set.ts";
import {
  ManagedFieldsError,
  capUpdaters,
  isReset,
  managerId,
  readManagers,
  strip,
  takeFrom,
  writeManagers,
  type Managers,
} from "./managed_fields.ts";
import { reconciled } from "./topology.ts";
import { rootPlace } from "./walk.ts";

/** What applying and tracking need to know of a kind. */
export interface TrackedKind extends Pick<KindNames, "group" | "version" | "kind"> {
  readonly apiVersion: string;
  readonly schema: ObjectSchema;
  readonly subresources: Readonly<Record<string, unknown>>;
}

/** What applying and tracking need to know of an object. */
export interface TrackedObject {
  readonly metadata: { readonly managedFields?: ManagedFieldsEntry[] | null | undefined };
}

export interface Write {
  /** The field manager; empty means `unknown`. */
  readonly manager: string;
  /** For example `status`; empty for the object itself. */
  readonly subresource?: string | undefined;
  readonly nowMs: number;
}

/**
 * The managedFields of an object after a write that is no apply. Call it with the object as it will be stored,
 * before metadata.resourceVersion is set; its own managedFields still those the client sent (`[]` and `[{}]` reset
 * them). `previous` is absent on creation. Returns the very list of `previous` when nothing changed hands.
 */
export function trackUpdate(
  kind: TrackedKind,
  previous: TrackedObject | undefined,
  next: TrackedObject,
  write: Write,
): ManagedFieldsEntry[] | undefined {
  const subresource = write.subresource ?? "";
  const { entries, isStored } = heldBefore(previous, next, subresource);
  // Tracking starts with the object, or with the first apply: not in between.
  if (previous !== undefined && entries === undefined) return undefined;
  const ignored = ignoredFields(kind, subresource);
  if (previous === undefined && entries === undefined) {
    const fields = createdFields(rootPlace(kind.schema), plain(next), ignored);
    const managers: Managers = new Map();
    addUpdate(kind, managers, write, fields);
    return writeManagers(managers);
  }
  const found = compare(rootPlace(kind.schema), plain(previous), plain(next));
  if (found === undefined) return entries;
  const changed = strip(without(found.changed, ignored));
  const removed = strip(without(found.removed, ignored));
  if (isEmpty(changed) && isEmpty(removed)) return entries;
  const managers = readOrNone(entries, isStored);
  reconcileManagers(kind, managers);
  takeFrom(managers, undefined, union(changed, removed));
  if (!isEmpty(changed)) addUpdate(kind, managers, write, sorted(changed));
  capUpdaters(managers);
  return writeManagers(managers);
}

/** Brings what managers own in line with the schema of now. That of a built-in kind does not change under its objects. */
export function reconcileManagers(kind: TrackedKind, managers: Managers): void {
  if (kind.schema.lenient !== true) return;
  const place = rootPlace(kind.schema);
  for (const [id, manager] of managers) {
    // Fields are named by the version they were written in.
    if (manager.apiVersion !== kind.apiVersion) continue;
    const fields = reconciled(place, manager.fields);
    if (fields !== manager.fields) managers.set(id, { ...manager, fields });
  }
}

/** @param fields In order. */
function addUpdate(kind: TrackedKind, managers: Managers, write: Write, fields: typeof LEAF): void {
  const self = {
    manager: write.manager === "" ? "unknown" : write.manager,
    operation: "Update",
    apiVersion: kind.apiVersion,
    subresource: write.subresource ?? "",
  } as const;
  const id = managerId(self);
  const held = managers.get(id)?.fields;
  const all = held === undefined ? fields : sorted(union(held, fields));
  managers.set(id, { ...self, time: formatTime(write.nowMs), fields: all });
}

interface Held {
  /** Absent when nobody manages the object. */
  readonly entries: ManagedFieldsEntry[] | undefined;
  readonly isStored: boolean;
}

/** The managers before the write: those the client sent back, else those stored. A subresource cannot set them. */
function heldBefore(previous: TrackedObject | undefined, next: TrackedObject, subresource: string): Held {
  const [sent, before] = [next.metadata.managedFields ?? undefined, previous?.metadata.managedFields ?? undefined];
  const stored = { entries: before?.length ? before : undefined, isStored: true };
  if (subresource !== "" || sent === undefined || equalJson(sent, before)) return stored;
  if (isReset(sent)) return { entries: undefined, isStored: true };
  return readOrNone(sent, false).size > 0 ? { entries: sent, isStored: false } : stored;
}

function readOrNone(entries: ManagedFieldsEntry[] | undefined, isStored: boolean): Managers {
  try {
    return readManagers(entries, isStored);
  } catch (error) {
    if (error instanceof ManagedFieldsError) return new Map();
    throw error;
  }
}

/** Fields a write through this path cannot set: the status by the object, the spec by its status. */
export function ignoredFields(kind: TrackedKind, subresource: string): readonly string[] {
  if (!Object.hasOwn(kind.subresources, "status")) return [];
  return subresource === "" ? ["status"] : subresource === "status" ? ["spec"] : [];
}

const NOTHING: JsonObject = {};

/** The object as the comparison reads it: managedFields are no field of their own. */
export function plain(object: TrackedObject | undefined): JsonObject {
  if (object === undefined) return NOTHING;
  return { ...object, metadata: { ...object.metadata, managedFields: undefined } } as unknown as JsonObject;
}
