import type { Clock } from "#base/clock.ts";
import type { Scale } from "#api/autoscaling/scale.ts";
import type { Status } from "#api/meta/status.ts";
import type { AnyKind, KubeObject, ObjectRef } from "#api/object.ts";
import type { DraftObjectOf, ObjectOf } from "#api/schema/kind.ts";
import type { Client, DeleteOptions, ListOptions, Patch, WriteOptions } from "./client.ts";
import type { Informer } from "./informer.ts";
import { compareResourceVersions, stored } from "./stored.ts";

/** A write that is not waited for longer: client-go gives up on an expectation after five minutes, too. */
export const EXPECTATION_TTL_MS = 300_000;

/** One write, and how to tell that the cache shows it. */
interface Expectation {
  readonly kind: AnyKind;
  readonly expiresMs: number;
  isMet(): boolean;
}

/**
 * What one reconciled object has written and its caches do not show yet. While any of it is open, deciding again
 * would decide on the past: a ReplicaSet would create its pods twice.
 */
export class Expectations {
  readonly #clock: Clock;
  readonly #informers: ReadonlyMap<AnyKind, Informer<unknown>>;
  readonly #open = new Map<string, Expectation[]>();

  /** @param informers The caches decisions are made on; writes to other kinds are not waited for. */
  constructor(clock: Clock, informers: ReadonlyMap<AnyKind, Informer<unknown>>) {
    this.#clock = clock;
    this.#informers = informers;
  }

  /** Whether the caches show every write made for `key`. */
  isMet(key: string): boolean {
    const open = this.#open.get(key);
    if (!open) return true;
    const nowMs = this.#clock.monotonic();
    // The first that is open is enough to know: with hundreds, asking all on each event would cost the square.
    for (let last = open.at(-1); last && (last.expiresMs <= nowMs || last.isMet()); last = open.at(-1)) open.pop();
    if (open.length > 0) return false;
    this.#open.delete(key);
    return true;
  }

  /** Expects the cache of `kind` to come as far as the write that gave `object`. */
  wrote(key: string, kind: AnyKind, object: unknown): void {
    const informer = this.#informers.get(kind);
    if (!informer) return;
    const { metadata } = stored(object);
    const { resourceVersion } = metadata;
    const isMet = () => {
      if (compareResourceVersions(informer.resourceVersion, resourceVersion) >= 0) return true;
      // A write that changed nothing has no event: the object as it was is enough.
      const known = informer.cache.get(metadata);
      return known !== undefined && compareResourceVersions(versionOf(known), resourceVersion) >= 0;
    };
    this.#expect(key, kind, isMet);
  }

  /** Expects the cache to show that the object is gone or on its way out. */
  removed(key: string, kind: AnyKind, ref: ObjectRef, uid: string | undefined): void {
    const informer = this.#informers.get(kind);
    if (!informer || uid === undefined) return;
    const isMet = () => {
      const known = informer.cache.get(ref);
      if (known === undefined) return true;
      const { metadata } = stored(known);
      return metadata.uid !== uid || metadata.deletionTimestamp !== undefined;
    };
    this.#expect(key, kind, isMet);
  }

  /** The reconciled object itself is gone; nothing more is decided on it. */
  forget(key: string): void {
    this.#open.delete(key);
  }

  #expect(key: string, kind: AnyKind, isMet: () => boolean): void {
    if (isMet()) return;
    const expectation = { kind, isMet, expiresMs: this.#clock.monotonic() + EXPECTATION_TTL_MS };
    const open = this.#open.get(key);
    if (open) open.push(expectation);
    else this.#open.set(key, [expectation]);
  }
}

function versionOf(object: unknown): string {
  return stored(object).metadata.resourceVersion;
}

/** A client that notes every write it makes on behalf of `key`. */
export class ExpectingClient implements Client {
  readonly #client: Client;
  readonly #expectations: Expectations;
  readonly #key: string;

  constructor(client: Client, expectations: Expectations, key: string) {
    this.#client = client;
    this.#expectations = expectations;
    this.#key = key;
  }

  get<K extends AnyKind>(kind: K, ref: ObjectRef) {
    return this.#client.get(kind, ref);
  }

  list<K extends AnyKind>(kind: K, options?: ListOptions) {
    return this.#client.list(kind, options);
  }

  watch<K extends AnyKind>(kind: K, options: Parameters<Client["watch"]>[1]) {
    return this.#client.watch(kind, options);
  }

  create<K extends AnyKind>(kind: K, draft: DraftObjectOf<K>, options?: WriteOptions): Promise<ObjectOf<K>> {
    return this.#noted(kind, this.#client.create(kind, draft, options), options);
  }

  update<K extends AnyKind>(
    kind: K,
    object: ObjectOf<K>,
    options?: WriteOptions & { readonly subresource?: string | undefined },
  ): Promise<ObjectOf<K>> {
    return this.#noted(kind, this.#client.update(kind, object, options), options);
  }

  updateStatus<K extends AnyKind>(kind: K, object: ObjectOf<K>, options?: WriteOptions): Promise<ObjectOf<K>> {
    return this.#noted(kind, this.#client.updateStatus(kind, object, options), options);
  }

  patch<K extends AnyKind>(
    kind: K,
    ref: ObjectRef,
    patch: Patch,
    options?: WriteOptions & { readonly subresource?: string | undefined },
  ): Promise<ObjectOf<K>> {
    return this.#noted(kind, this.#client.patch(kind, ref, patch, options), options);
  }

  async delete<K extends AnyKind>(kind: K, ref: ObjectRef, options?: DeleteOptions): Promise<KubeObject | Status> {
    const answer = await this.#client.delete(kind, ref, options);
    this.#expectations.removed(this.#key, kind, ref, uidOf(answer) ?? options?.preconditions?.uid);
    return answer;
  }

  deleteCollection<K extends AnyKind>(kind: K, list: ListOptions, options?: DeleteOptions): Promise<void> {
    return this.#client.deleteCollection(kind, list, options);
  }

  createSubresource<K extends AnyKind>(kind: K, ref: ObjectRef, subresource: string, body: unknown) {
    return this.#client.createSubresource(kind, ref, subresource, body);
  }

  getScale(kind: AnyKind, ref: ObjectRef) {
    return this.#client.getScale(kind, ref);
  }

  updateScale(kind: AnyKind, scale: Scale) {
    return this.#client.updateScale(kind, scale);
  }

  getPath(path: string, query?: URLSearchParams) {
    return this.#client.getPath(path, query);
  }

  async #noted<T>(kind: AnyKind, write: Promise<T>, options: WriteOptions | undefined): Promise<T> {
    const object = await write;
    if (!options?.dryRun) this.#expectations.wrote(this.#key, kind, object);
    return object;
  }
}

/** The uid of what was deleted: the object's, or the one a Status names. */
function uidOf(answer: KubeObject | Status): string | undefined {
  if (answer.kind !== "Status") return (answer as KubeObject).metadata.uid;
  return (answer as Status).details?.uid;
}
