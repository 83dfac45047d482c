import type { Clock } from "#base/clock.ts";
import { randomSuffix, randomUuid, type Random } from "#base/random.ts";
import { formatTime } from "#api/time.ts";
import type { Status } from "#api/meta/status.ts";
import type { AnyKind, KubeObject, ObjectRef } from "#api/object.ts";
import type { DraftObjectOf, ObjectOf } from "#api/schema/kind.ts";
import type { Schema } from "#api/schema/schema.ts";
import {
  ApiError,
  type Client,
  type DeleteOptions,
  type ListOptions,
  type ListResult,
  type Patch,
  type WatchEvent,
  type WatchOptions,
  type WriteOptions,
} from "./client.ts";
import { semanticallyEqual } from "./equality.ts";
import { keyOf, stored, type StoredObject } from "./stored.ts";

/** One change, kept for watches. */
interface Change {
  readonly revision: number;
  readonly id: string;
  readonly event: WatchEvent<unknown>;
}

/**
 * The API's bookkeeping in memory, for tests of those who use it: revisions, conflicts, watches from any point,
 * generation, finalizers and graceful deletion. No validation, no selectors but on `spec.nodeName` and `metadata.name`, merge patches
 * only. The real server is in its own room; whole stories run against that.
 */
export class FakeApi implements Client {
  readonly #objects = new Map<string, Map<string, StoredObject>>();
  readonly #log: Change[] = [];
  readonly #clock: Clock;
  readonly #random: Random;
  #revision = 1;
  #compacted = 0;
  #waiting: (() => void)[] = [];
  /** Every write, as `VERB plural key`. */
  readonly writes: string[] = [];
  /** Consulted before each write; what it throws is the answer. */
  refuse: (verb: string, kind: AnyKind, object: unknown) => void = () => {};

  constructor(options: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = options.clock;
    this.#random = options.random;
  }

  async get<K extends AnyKind>(kind: K, ref: ObjectRef): Promise<ObjectOf<K>> {
    return structuredClone(this.#find(kind, ref)) as ObjectOf<K>;
  }

  async list<K extends AnyKind>(kind: K, options: ListOptions = {}): Promise<ListResult<ObjectOf<K>>> {
    const items = [...this.#of(kind).values()].filter((object) => isSelected(object, options));
    const shownItems = items.map((object) => shown<ObjectOf<K>>(object, options));
    return { items: shownItems, resourceVersion: String(this.#revision) };
  }

  async create<K extends AnyKind>(kind: K, draft: DraftObjectOf<K>): Promise<ObjectOf<K>> {
    this.refuse("create", kind, draft);
    const object = stored(filled(kind.schema, structuredClone(draft)));
    const { metadata } = object;
    if (!metadata.name) metadata.name = `${metadata.generateName ?? ""}${randomSuffix(this.#random, 5)}`;
    if (this.#of(kind).has(keyOf(metadata)))
      throw refusal(409, "AlreadyExists", `${kind.plural} "${metadata.name}" already exists`);
    metadata.uid = randomUuid(this.#random);
    metadata.creationTimestamp = this.#time();
    if (kind.generation) metadata.generation = 1;
    this.#store(kind, "ADDED", object, "create");
    return structuredClone(object) as ObjectOf<K>;
  }

  async update<K extends AnyKind>(kind: K, object: ObjectOf<K>): Promise<ObjectOf<K>> {
    return this.#replace(kind, object, "update");
  }

  async updateStatus<K extends AnyKind>(kind: K, object: ObjectOf<K>): Promise<ObjectOf<K>> {
    const before = this.#find(kind, stored(object).metadata);
    const { status } = object as { status: unknown };
    const { resourceVersion } = stored(object).metadata;
    const next = { ...before, metadata: { ...before.metadata, resourceVersion }, status };
    return this.#replace(kind, next as ObjectOf<K>, "updateStatus");
  }

  async patch<K extends AnyKind>(
    kind: K,
    ref: ObjectRef,
    patch: Patch,
    options: WriteOptions & { readonly subresource?: string | undefined } = {},
  ): Promise<ObjectOf<K>> {
    if (patch.type !== "merge" && patch.type !== "strategic")
      throw new TypeError(`The fake has no ${patch.type} patch`);
    const next = merged(structuredClone(this.#find(kind, ref)), patch.body);
    return this.#replace(kind, next as ObjectOf<K>, options.subresource ? `patch/${options.subresource}` : "patch");
  }

  async delete<K extends AnyKind>(kind: K, ref: ObjectRef, options: DeleteOptions = {}): Promise<KubeObject | Status> {
    const object = structuredClone(this.#find(kind, ref));
    this.refuse("delete", kind, object);
    const { uid, resourceVersion } = options.preconditions ?? {};
    const isOther = uid !== undefined && uid !== object.metadata.uid;
    const isStale = resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion;
    if (isOther || isStale) throw refusal(409, "Conflict", "the precondition does not hold");
    addPropagationFinalizer(object, options.propagationPolicy);
    const graceSeconds = kind.kind === "Pod" ? graceOf(object, options) : 0;
    const hasFinalizers = (object.metadata.finalizers ?? []).length > 0;
    if (graceSeconds > 0 || hasFinalizers) {
      object.metadata.deletionTimestamp ??= this.#time(graceSeconds);
      object.metadata.deletionGracePeriodSeconds = graceSeconds;
      this.#store(kind, "MODIFIED", object, "delete");
      return structuredClone(object);
    }
    this.#of(kind).delete(keyOf(ref));
    this.#store(kind, "DELETED", object, "delete");
    const details = { name: object.metadata.name, kind: kind.plural, uid: object.metadata.uid };
    return { apiVersion: "v1", kind: "Status", metadata: {}, status: "Success", details };
  }

  async deleteCollection<K extends AnyKind>(kind: K, list: ListOptions, options: DeleteOptions = {}): Promise<void> {
    for (const object of this.#of(kind).values()) {
      if (isSelected(object, list)) await this.delete(kind, object.metadata, options);
    }
  }

  async createSubresource<K extends AnyKind>(kind: K, ref: ObjectRef, subresource: string): Promise<unknown> {
    throw refusal(404, "NotFound", `${kind.plural} "${ref.name}" has no ${subresource}`);
  }

  async getScale(kind: AnyKind, ref: ObjectRef): Promise<never> {
    throw refusal(404, "NotFound", `${kind.plural} "${ref.name}" has no scale`);
  }

  async updateScale(kind: AnyKind): Promise<never> {
    throw refusal(404, "NotFound", `${kind.plural} have no scale`);
  }

  async getPath(path: string): Promise<never> {
    throw refusal(404, "NotFound", `nothing is served at ${path}`);
  }

  async *watch<K extends AnyKind>(kind: K, options: WatchOptions): AsyncGenerator<WatchEvent<ObjectOf<K>>> {
    const id = idOf(kind);
    const after = Number(options.resourceVersion);
    if (after < this.#compacted) throw refusal(410, "Expired", `too old resource version: ${after}`);
    let at = this.#log.findIndex((change) => change.revision > after);
    if (at < 0) at = this.#log.length;
    const { signal } = options;
    const wake = () => this.#wake();
    signal.addEventListener("abort", wake, { once: true });
    while (!signal.aborted) {
      const change = this.#log[at];
      if (change === undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      else at++;
      if (change?.id === id && isSelected(stored(change.event.object), options)) {
        const { type, object } = change.event;
        yield { type, object: shown<ObjectOf<K>>(object, options) };
      }
    }
  }

  /** Forgets history, so that watches from before now are refused with 410. */
  compact(): void {
    this.#compacted = this.#revision;
  }

  #replace<K extends AnyKind>(kind: K, sent: ObjectOf<K>, verb: string): ObjectOf<K> {
    this.refuse(verb, kind, sent);
    const next = stored(filled(kind.schema, structuredClone(sent)));
    const before = this.#find(kind, next.metadata);
    const { resourceVersion } = next.metadata;
    if (resourceVersion && resourceVersion !== before.metadata.resourceVersion) {
      throw refusal(409, "Conflict", `${kind.plural} "${next.metadata.name}": the object has been modified`);
    }
    if (kind.generation && !semanticallyEqual(specOf(before), specOf(next))) {
      next.metadata.generation = (before.metadata.generation ?? 0) + 1;
    }
    if (semanticallyEqual(before, next)) return structuredClone(before) as ObjectOf<K>;
    const isFinal = next.metadata.deletionTimestamp && (next.metadata.finalizers ?? []).length === 0;
    const isGone = isFinal && !(next.metadata.deletionGracePeriodSeconds ?? 0);
    if (isGone) this.#of(kind).delete(keyOf(next.metadata));
    this.#store(kind, isGone ? "DELETED" : "MODIFIED", next, verb);
    return structuredClone(next) as ObjectOf<K>;
  }

  #store(kind: AnyKind, type: WatchEvent<unknown>["type"], object: StoredObject, verb: string): void {
    object.metadata.resourceVersion = String(++this.#revision);
    if (type !== "DELETED") this.#of(kind).set(keyOf(object.metadata), object);
    this.writes.push(`${verb} ${kind.plural} ${keyOf(object.metadata)}`);
    this.#log.push({ revision: this.#revision, id: idOf(kind), event: { type, object: structuredClone(object) } });
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #find(kind: AnyKind, ref: ObjectRef): StoredObject {
    const object = this.#of(kind).get(keyOf(ref));
    if (!object) throw refusal(404, "NotFound", `${kind.plural} "${ref.name}" not found`);
    return object;
  }

  #of(kind: AnyKind): Map<string, StoredObject> {
    const id = idOf(kind);
    const known = this.#objects.get(id) ?? new Map<string, StoredObject>();
    this.#objects.set(id, known);
    return known;
  }

  #time(inSeconds = 0): string {
    return formatTime(this.#clock.now() + inSeconds * 1000);
  }
}

function idOf(kind: AnyKind): string {
  return `${kind.group}/${kind.plural}`;
}

/** A refusal as the server words it in a Status. */
export function refusal(code: number, reason: string, message: string): ApiError {
  return new ApiError({ apiVersion: "v1", kind: "Status", metadata: {}, status: "Failure", code, reason, message });
}

function specOf(object: object): object {
  const { metadata: _metadata, status: _status, ...rest } = object as Record<string, unknown>;
  return rest;
}

/** A copy of an object, or of its metadata, as a client asks for. */
function shown<T>(object: unknown, { metadataOnly }: ListOptions): T {
  const { apiVersion, kind, metadata } = stored(object);
  return structuredClone(metadataOnly ? { apiVersion, kind, metadata } : object) as T;
}

function isSelected(object: StoredObject, options: ListOptions): boolean {
  if (options.namespace && object.metadata.namespace !== options.namespace) return false;
  if (!options.fieldSelector) return true;
  const [field, value] = options.fieldSelector.split("=");
  if (field === "metadata.name") return object.metadata.name === value;
  if (field !== "spec.nodeName") throw new TypeError(`The fake cannot select by ${field}`);
  return ((object as { spec?: { nodeName?: string } }).spec?.nodeName ?? "") === value;
}

function graceOf(object: StoredObject, options: DeleteOptions): number {
  const { spec } = object as { spec?: { nodeName?: string; terminationGracePeriodSeconds?: number } };
  if (!spec?.nodeName) return 0;
  const grace = options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30;
  return Math.min(grace, object.metadata.deletionGracePeriodSeconds ?? grace);
}

function addPropagationFinalizer(object: StoredObject, policy: DeleteOptions["propagationPolicy"]): void {
  const finalizer = policy === "Foreground" ? "foregroundDeletion" : policy === "Orphan" ? "orphan" : undefined;
  if (!finalizer || object.metadata.finalizers?.includes(finalizer)) return;
  object.metadata.finalizers = [...(object.metadata.finalizers ?? []), finalizer];
}

/** A JSON merge patch (RFC 7386). */
function merged(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Fills in the schema's defaults and what is always written. */
function filled(schema: Schema, value: unknown): unknown {
  if (schema.shape === "list" && Array.isArray(value)) return value.map((item) => filled(schema.item, item));
  if (schema.shape !== "object" || !isObject(value)) return value;
  for (const [name, field] of Object.entries(schema.fields)) {
    if (value[name] === undefined && field.default !== undefined) value[name] = structuredClone(field.default);
    if (value[name] === undefined && field.omit === "never") value[name] = zeroOf(field.schema);
    if (value[name] !== undefined) value[name] = filled(field.schema, value[name]);
  }
  return value;
}

function zeroOf(schema: Schema): unknown {
  if (schema.shape === "object" || schema.shape === "map") return {};
  if (schema.shape === "list") return [];
  return schema.format === "boolean" ? false : /int|float/.test(schema.format) ? 0 : "";
}
