import { equalJson, isJsonObject } from "../json.ts";
import type { ManagedFieldsEntry } from "../meta/object_meta.ts";
import { LEAF, difference, isEmpty, isFieldSet, sorted, union, type FieldSet } from "./field_set.ts";

/** What one manager has said of an object, by one way of writing. */
export interface Manager {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  /** Empty for the object itself. */
  readonly subresource: string;
  readonly time: string | undefined;
  /** In the order Kubernetes writes it. */
  readonly fields: FieldSet;
}

/** Managers by what tells them apart. */
export type Managers = Map<string, Manager>;

/** The oldest managers that only updated are folded into one beyond this many (DefaultMaxUpdateManagers). */
const UPDATE_MANAGERS_MAX = 10;
const ANCIENT = "ancient-changes";

/** Appliers are the same whatever version they used; updaters are not. */
export function managerId(manager: Omit<Manager, "fields" | "time">): string {
  const { operation, apiVersion, subresource } = manager;
  return JSON.stringify({
    ...(manager.manager !== "" && { manager: manager.manager }),
    operation,
    ...(operation === "Update" && { apiVersion }),
    ...(subresource !== "" && { subresource }),
  });
}

/** metadata.managedFields cannot be read; `message` is what Kubernetes says. */
export class ManagedFieldsError extends Error {
  override readonly name = "ManagedFieldsError";
}

/** Reads metadata.managedFields; `isStored` says that they were checked before. Throws ManagedFieldsError. */
export function readManagers(entries: readonly ManagedFieldsEntry[] | undefined, isStored = false): Managers {
  const managers: Managers = new Map();
  for (const [i, entry] of (entries ?? []).entries()) {
    const { operation, apiVersion = "", fieldsType = "" } = entry;
    if (operation !== "Apply" && operation !== "Update") {
      throw new ManagedFieldsError("operation must be `Apply` or `Update`");
    }
    if (apiVersion === "") throw new ManagedFieldsError("apiVersion must not be empty");
    if (fieldsType === "") throw new ManagedFieldsError(`missing fieldsType in managed fields entry ${i}`);
    if (fieldsType !== "FieldsV1") {
      throw new ManagedFieldsError(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${i}`);
    }
    const fields: unknown = entry.fieldsV1 ?? {};
    if (!isKnownSet(fields, isStored)) throw new ManagedFieldsError(`error decoding set in managed fields entry ${i}`);
    const { manager = "", subresource = "", time } = entry;
    const read: Manager = { manager, operation, apiVersion, subresource, time: time ?? undefined, fields };
    managers.set(managerId(read), read);
  }
  return managers;
}

function isKnownSet(fields: unknown, isStored: boolean): fields is FieldSet {
  return isStored || isFieldSet(fields);
}

/** Whether a client asks to forget all managers: an empty list, or one empty entry. */
export function isReset(entries: readonly ManagedFieldsEntry[] | null | undefined): boolean {
  if (entries === undefined || entries === null) return false;
  const [first, ...others] = entries;
  return first === undefined || (others.length === 0 && isJsonObject(first) && Object.keys(first).length === 0);
}

/** Writes metadata.managedFields in Kubernetes' order; managers with nothing left are left out. */
export function writeManagers(managers: Managers): ManagedFieldsEntry[] | undefined {
  const entries = [...managers.values()].filter((each) => !isEmpty(each.fields)).toSorted(inOrder);
  if (entries.length === 0) return undefined;
  return entries.map(({ manager, operation, apiVersion, time, fields, subresource }) => ({
    ...(manager !== "" && { manager }),
    operation,
    apiVersion,
    ...(time !== undefined && { time }),
    fieldsType: "FieldsV1",
    fieldsV1: fields as { [key: string]: {} },
    ...(subresource !== "" && { subresource }),
  }));
}

function inOrder(a: Manager, b: Manager): number {
  return (
    byText(a.operation, b.operation) ||
    byText(a.time ?? "", b.time ?? "") ||
    byText(a.manager, b.manager) ||
    byText(a.apiVersion, b.apiVersion) ||
    byText(a.subresource, b.subresource)
  );
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether two lists of managers differ in nothing but their times. A write that changes only those is none. */
export function equalButTimes(
  a: readonly ManagedFieldsEntry[] | undefined,
  b: readonly ManagedFieldsEntry[] | undefined,
): boolean {
  if (a === b) return true;
  const timeless = (entries: readonly ManagedFieldsEntry[] = []) =>
    new Map(
      entries.map((entry) => [JSON.stringify({ ...entry, time: undefined, fieldsV1: undefined }), entry.fieldsV1]),
    );
  const [left, right] = [timeless(a), timeless(b)];
  return (
    left.size === right.size && [...left].every(([id, fields]) => right.has(id) && equalJson(fields, right.get(id)))
  );
}

/** Takes fields from every manager but the one named. Managers with nothing left go. */
export function takeFrom(managers: Managers, exceptId: string | undefined, fields: FieldSet): void {
  if (isEmpty(fields)) return;
  for (const [id, manager] of managers) {
    if (id === exceptId) continue;
    const left = difference(manager.fields, fields);
    if (isEmpty(left)) managers.delete(id);
    else managers.set(id, { ...manager, fields: left });
  }
}

/** Folds the oldest updaters of each version into one until there are no more than the limit. */
export function capUpdaters(managers: Managers): void {
  const updaters = [...managers].filter(([, each]) => each.operation === "Update");
  let count = updaters.length;
  if (count <= UPDATE_MANAGERS_MAX) return;
  updaters.sort(([idA, a], [idB, b]) => byText(a.time ?? "", b.time ?? "") || byText(idA, idB));
  const firstOf = new Map<string, string>();
  for (const [id, manager] of updaters) {
    if (count <= UPDATE_MANAGERS_MAX) return;
    const { apiVersion } = manager;
    const first = firstOf.get(apiVersion);
    if (first === undefined) {
      firstOf.set(apiVersion, id);
      continue;
    }
    const bucket = { manager: ANCIENT, operation: "Update", apiVersion, subresource: "" } as const;
    const bucketId = managerId(bucket);
    const held = managers.get(bucketId) ?? managers.get(first);
    if (!managers.has(bucketId)) managers.delete(first);
    if (id !== bucketId) managers.delete(id);
    managers.set(bucketId, {
      ...bucket,
      time: manager.time,
      fields: sorted(union(manager.fields, held?.fields ?? LEAF)),
    });
    count--;
  }
}

/** Metadata that no manager owns: it is the server's, or names the object. */
const STRIPPED: FieldSet = {
  "f:apiVersion": LEAF,
  "f:kind": LEAF,
  "f:metadata": {
    ".": LEAF,
    "f:name": LEAF,
    "f:namespace": LEAF,
    "f:creationTimestamp": LEAF,
    "f:selfLink": LEAF,
    "f:uid": LEAF,
    "f:clusterName": LEAF,
    "f:generation": LEAF,
    "f:managedFields": LEAF,
    "f:resourceVersion": LEAF,
  },
};

export function strip(fields: FieldSet): FieldSet {
  return difference(fields, STRIPPED);
}
