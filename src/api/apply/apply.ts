import { equalJson, isJsonObject, put, type Json, type JsonObject } from "../json.ts";
import type { ManagedFieldsEntry } from "../meta/object_meta.ts";
import { formatTime } from "../time.ts";
import { compare, fieldsOf } from "./compare.ts";
import { ApplyConflictError, conflictsBeyond, type Conflict } from "./conflict.ts";
import { configurationProblems } from "./configuration.ts";
import { LEAF, difference, intersection, isEmpty, sorted, union, without, type FieldSet } from "./field_set.ts";
import {
  managerId,
  readManagers,
  strip,
  takeFrom,
  writeManagers,
  type Manager,
  type Managers,
} from "./managed_fields.ts";
import { mergeConfiguration, prune } from "./merge.ts";
import {
  ignoredFields,
  plain,
  reconcileManagers,
  trackUpdate,
  type TrackedKind,
  type TrackedObject,
} from "./track_update.ts";
import { ElementError, readAsSaid, rootPlace, type Place } from "./walk.ts";

export interface ApplyOptions {
  readonly manager: string;
  /** Takes over fields of others instead of failing. */
  readonly force: boolean;
  readonly subresource?: string | undefined;
  readonly nowMs: number;
  /** What conflicts call the version that others used; where it is absent, the one they did use. */
  readonly namedVersion?: string | undefined;
}

export interface Applied {
  /** The object to default, validate and store. Its metadata.managedFields are not set. */
  readonly object: JsonObject;
  readonly managedFields: ManagedFieldsEntry[] | undefined;
}

/** The configuration cannot be applied, whatever the object. `code` and `message` are those of the Status. */
export class ApplyError extends Error {
  override readonly name = "ApplyError";
  readonly code: 400 | 500;

  constructor(code: 400 | 500, message: string) {
    super(message);
    this.code = code;
  }
}

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
/** The manager that may take over what kubectl applied from the client. */
const KUBECTL = "kubectl";

/**
 * Server-side apply: lays `configuration` (as the client sent it) over `live` (absent when it is to be created),
 * removes what this manager applied before and nobody wants any more, and works out who manages what.
 * Throws ApplyError, ApplyConflictError, ManagedFieldsError.
 */
export function applyConfiguration(
  kind: TrackedKind,
  live: TrackedObject | undefined,
  configuration: JsonObject,
  options: ApplyOptions,
): Applied {
  const place = rootPlace(kind.schema);
  checkConfiguration(kind, configuration);
  const current = withoutManagedFields(plain(live));
  const managers = managersOf(kind, live, options);
  const run = { kind, place, current, configuration, options };
  try {
    return apply(run, new Map(managers), options.force);
  } catch (error) {
    // An update may leave a list with an item that has no key; nothing can be applied over that.
    if (error instanceof ElementError) throw untyped(kind, "live", current);
    if (!(error instanceof ApplyConflictError) || options.manager !== KUBECTL) throw error;
    const allowed = appliedByClient(kind, place, current);
    const left = allowed === undefined ? error.conflicts : conflictsBeyond(error.conflicts, allowed);
    if (left.length > 0) throw new ApplyConflictError(left, options.namedVersion);
    return apply(run, managers, true);
  }
}

interface Run {
  readonly kind: TrackedKind;
  readonly place: Place;
  readonly current: JsonObject;
  readonly configuration: JsonObject;
  readonly options: ApplyOptions;
}

function apply(run: Run, managers: Managers, force: boolean): Applied {
  const { kind, place, current, configuration, options } = run;
  const self = selfOf(kind, options);
  const id = managerId(self);
  const ignored = ignoredFields(kind, options.subresource ?? "");
  const last = managers.get(id);
  const fields = sorted(without(fieldsOf(place, configuration), ignored));
  managers.set(id, { ...self, time: last?.time, fields });

  const merged = mergeConfiguration(place, current, configuration);
  const managed = [...managers.values()].reduce((all, each) => union(all, each.fields), LEAF);
  const pruned = prune(place, merged, last?.fields ?? LEAF, managed);
  const found = compare(place, current, pruned, readAsSaid);
  if (found !== undefined) {
    const changed = without(found.changed, ignored);
    const conflicts = conflictsOf(managers, id, changed);
    if (conflicts.length > 0 && !force) throw new ApplyConflictError(conflicts, options.namedVersion);
    takeFrom(managers, id, changed);
    takeFrom(managers, id, without(found.removed, ignored));
  }
  const isChanged = found !== undefined || last === undefined;
  const time = isChanged ? formatTime(options.nowMs) : last.time;
  managers.set(id, { ...self, time, fields: strip(fields) });
  const object = options.manager === KUBECTL ? withLastApplied(pruned, configuration) : pruned;
  return { object, managedFields: writeManagers(managers) };
}

function selfOf(kind: TrackedKind, { manager, subresource }: ApplyOptions): Omit<Manager, "fields" | "time"> {
  return {
    manager: manager === "" ? "unknown" : manager,
    operation: "Apply",
    apiVersion: kind.apiVersion,
    subresource: subresource ?? "",
  };
}

function conflictsOf(managers: Managers, selfId: string, changed: FieldSet): Conflict[] {
  return [...managers]
    .filter(([id]) => id !== selfId)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, manager]) => ({ manager, fields: intersection(manager.fields, changed) }))
    .filter(({ fields }) => !isEmpty(fields));
}

/** The managers of the live object; an object nobody tracked so far gets one for all that stands in it. */
function managersOf(kind: TrackedKind, live: TrackedObject | undefined, { nowMs }: ApplyOptions): Managers {
  const managers = readManagers(live?.metadata.managedFields ?? undefined);
  const group = kind.apiVersion.replace(/[^/]*$/, "");
  for (const [id, { apiVersion }] of managers) {
    if (apiVersion.replace(/[^/]*$/, "") !== group) managers.delete(id);
  }
  reconcileManagers(kind, managers);
  if (managers.size > 0 || live === undefined) return managers;
  return readManagers(trackUpdate(kind, undefined, live, { manager: "before-first-apply", nowMs }));
}

/** Throws ApplyError when the configuration is not one of the kind. */
export function checkConfiguration(kind: TrackedKind, configuration: JsonObject): void {
  const { apiVersion, kind: name } = configuration;
  if (apiVersion !== kind.apiVersion || name !== kind.kind) {
    throw new ApplyError(400, `invalid object type: ${kindText(apiVersion, name)}`);
  }
  const metadata = isJsonObject(configuration["metadata"]) ? configuration["metadata"] : {};
  if (metadata["managedFields"] !== undefined && metadata["managedFields"] !== null) {
    throw new ApplyError(400, "metadata.managedFields must be nil");
  }
  if (configurationProblems(rootPlace(kind.schema), configuration).length > 0) {
    throw untyped(kind, "patch", configuration);
  }
}

/** The refusal of an object that its schema cannot read. In what is stored repeated items are put up with. */
function untyped(kind: TrackedKind, role: "patch" | "live", object: JsonObject): ApplyError {
  const metadata = isJsonObject(object["metadata"]) ? object["metadata"] : {};
  const problems = configurationProblems(rootPlace(kind.schema), object).filter(
    (each) => role === "patch" || !each.includes(": duplicate entries for key "),
  );
  const text = problems.length === 1 ? problems[0] : `errors:\n${problems.map((each) => `  ${each}`).join("\n")}`;
  const name = `${textOr(metadata["namespace"])}/${textOr(metadata["name"])}; ${kindText(kind.apiVersion, kind.kind)}`;
  return new ApplyError(500, `failed to create typed ${role} object (${name}): ${text}`);
}

/** A kind as Go prints it: `apps/v1, Kind=Deployment`; of the core group `/v1, Kind=Pod`. */
function kindText(apiVersion: Json | undefined, kind: Json | undefined): string {
  const version = textOr(apiVersion);
  return `${version.includes("/") ? version : `/${version}`}, Kind=${textOr(kind)}`;
}

function textOr(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function withoutManagedFields(object: JsonObject): JsonObject {
  if (!isJsonObject(object["metadata"])) return object;
  const { managedFields: _, ...metadata } = object["metadata"];
  return { ...object, metadata };
}

/** The fields that kubectl applied from the client and that still stand as it applied them. */
function appliedByClient(kind: TrackedKind, place: Place, live: JsonObject): FieldSet | undefined {
  const annotation = annotationsOf(live)?.[LAST_APPLIED];
  if (typeof annotation !== "string" || annotation === "") return undefined;
  let configuration: unknown;
  try {
    configuration = JSON.parse(annotation);
  } catch {
    return undefined;
  }
  if (!isJsonObject(configuration) || configuration["apiVersion"] !== kind.apiVersion) return undefined;
  if (configurationProblems(place, configuration).length > 0) return undefined;
  const found = compare(place, configuration, live);
  const fields = fieldsOf(place, configuration);
  return found === undefined ? fields : difference(difference(fields, found.changed), found.removed);
}

function annotationsOf(object: JsonObject): JsonObject | undefined {
  const metadata = object["metadata"];
  const annotations = isJsonObject(metadata) ? metadata["annotations"] : undefined;
  return isJsonObject(annotations) ? annotations : undefined;
}

/** Bytes that all annotations of an object may have together. */
const ANNOTATIONS_BYTES_MAX = 256 * 1024;

/** Keeps the annotation of client-side apply up to date where there is one, so that kubectl can go back to it. */
function withLastApplied(object: JsonObject, configuration: JsonObject): JsonObject {
  const annotations = annotationsOf(object);
  const metadata = object["metadata"];
  if (annotations?.[LAST_APPLIED] === undefined || !isJsonObject(metadata)) return object;
  const text = `${JSON.stringify(withoutAnnotation(configuration))}\n`;
  const next = { ...annotations };
  put(next, LAST_APPLIED, text);
  if (JSON.stringify(next).length > ANNOTATIONS_BYTES_MAX) delete next[LAST_APPLIED];
  return equalJson(next, annotations) ? object : { ...object, metadata: { ...metadata, annotations: next } };
}

function withoutAnnotation(configuration: JsonObject): JsonObject {
  const annotations = annotationsOf(configuration);
  const metadata = configuration["metadata"];
  if (annotations?.[LAST_APPLIED] === undefined || !isJsonObject(metadata)) return configuration;
  const { [LAST_APPLIED]: _, ...rest } = annotations;
  return { ...configuration, metadata: { ...metadata, annotations: rest } };
}
