import type { Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import { deepFreeze } from "#api/json.ts";
import type { AnyKind, ObjectRef } from "#api/object.ts";
import type { ObjectOf } from "#api/schema/kind.ts";
import { IndexedCache, type Cache } from "./cache.ts";
import type { Client, WatchEvent } from "./client.ts";
import { reflect, type ReflectorTarget, type Selection } from "./reflector.ts";
import { sharing } from "./sharing.ts";
import { compareResourceVersions, keyOf, refOf, stored } from "./stored.ts";

/** Called in the order of the server's history, after the cache shows the change. What they throw is only logged. */
export interface Handlers<T> {
  add?(object: T): void;
  update?(object: T, previous: T): void;
  delete?(object: T): void;
}

/** Follows one kind: a cache, and calls when it changes. */
export interface Informer<T> {
  readonly cache: Cache<T>;
  /** Resolves when the cache has been filled for the first time. Never rejects; stays open if stopped before. */
  readonly synced: Promise<void>;
  readonly hasSynced: boolean;
  /** The newest point of history the cache is known to show. */
  readonly resourceVersion: string;
  /** Starts with an `add` for each object that is there already. Returns a function that ends the calls. */
  subscribe(handlers: Handlers<T>): () => void;
}

interface InformerOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Freezes every object deeply, so that a test fails where one is changed. */
  readonly freeze?: boolean | undefined;
}

class CachingInformer<T> implements Informer<T>, ReflectorTarget<T> {
  readonly cache = new IndexedCache<T>();
  readonly synced: Promise<void>;
  hasSynced = false;
  resourceVersion = "0";
  readonly #handlers = new Set<Handlers<T>>();
  readonly #freeze: boolean;
  readonly #log: Log;
  readonly #markSynced: () => void;
  /** The object put last. */
  #last: T | undefined;

  constructor(freeze: boolean, log: Log) {
    this.#freeze = freeze;
    this.#log = log;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.synced = promise;
    this.#markSynced = resolve;
  }

  subscribe(handlers: Handlers<T>): () => void {
    this.#handlers.add(handlers);
    for (const object of this.cache.list()) this.#tell(() => handlers.add?.(object));
    return () => this.#handlers.delete(handlers);
  }

  replace(objects: readonly T[], resourceVersion: string): void {
    const gone = new Set(this.cache.keys());
    for (const object of objects) gone.delete(keyOf(stored(object).metadata));
    // What the list does not show is gone before anything of the same name can have come anew.
    for (const key of gone) this.#remove(refOf(key));
    this.#advance(resourceVersion);
    for (const object of objects) this.#put(object);
    this.hasSynced = true;
    this.#markSynced();
  }

  apply(event: WatchEvent<T>): void {
    const { metadata } = stored(event.object);
    this.#advance(metadata.resourceVersion);
    if (event.type === "BOOKMARK") return;
    if (event.type === "DELETED") this.#remove(metadata, event.object);
    else this.#put(event.object);
  }

  #advance(resourceVersion: string): void {
    if (compareResourceVersions(resourceVersion, this.resourceVersion) > 0) this.resourceVersion = resourceVersion;
  }

  #put(received: T): void {
    const next = stored(received).metadata;
    const known = this.cache.get(next);
    if (known !== undefined && stored(known).metadata.resourceVersion === next.resourceVersion) return;
    // Another object under the same name: its predecessor's end was missed between two lists.
    if (known !== undefined && stored(known).metadata.uid !== next.uid) this.#remove(next);
    const object = this.#prepared(received, known);
    this.#last = object;
    const previous = this.cache.set(object);
    for (const handlers of this.#handlers) {
      this.#tell(() => (previous === undefined ? handlers.add?.(object) : handlers.update?.(object, previous)));
    }
  }

  #remove(ref: ObjectRef, last?: T): void {
    const removed = this.cache.remove(ref);
    if (removed === undefined) return;
    const object = last === undefined ? removed : this.#prepared(last, removed);
    for (const handlers of this.#handlers) this.#tell(() => handlers.delete?.(object));
  }

  #prepared(received: T, known: T | undefined): T {
    const object = sharing(withoutManagedFields(received), known, this.cache.sibling(received) ?? this.#last);
    return this.#freeze ? deepFreeze(object) : object;
  }

  /** One who fails must not keep the change from the others. */
  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#log.error("a handler failed", { error });
    }
  }
}

/** One informer for each kind and selection, shared by everybody in this process who asks. */
export class InformerFactory {
  readonly #options: InformerOptions;
  readonly #informers = new Map<string, { readonly informer: Informer<unknown>; readonly abort: AbortController }>();
  readonly #running = new Set<Promise<void>>();
  readonly #abort = new AbortController();

  constructor(options: InformerOptions) {
    this.#options = options;
  }

  /** The informer of `kind`; the first to ask starts it. */
  informer<K extends AnyKind>(kind: K, selection: Selection = {}): Informer<ObjectOf<K>> {
    return this.#shared(kind, selection);
  }

  /**
   * An informer good for metadata only. It is the full one when somebody asked for that before; otherwise its
   * cache drops everything but metadata, so ask after everybody else.
   */
  metadataInformer(kind: AnyKind): Informer<{ readonly metadata: ObjectOf<AnyKind>["metadata"] }> {
    const full = this.#informers.get(idOf(kind, {}));
    if (full) return full.informer as Informer<ObjectOf<AnyKind>>;
    return this.#shared(kind, { metadataOnly: true });
  }

  /** Ends what `metadataInformer` began for a kind that is no longer followed; a full informer goes on. */
  release(kind: AnyKind): void {
    const id = idOf(kind, { metadataOnly: true });
    this.#informers.get(id)?.abort.abort(new Error("the informer was released"));
    this.#informers.delete(id);
  }

  /** Resolves when every informer asked for so far has filled its cache. */
  async synced(): Promise<void> {
    await Promise.all(Array.from(this.#informers.values(), ({ informer }) => informer.synced));
  }

  /** Ends every watch; resolves when the last has ended. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error("the informers were stopped"));
    await Promise.all(this.#running);
  }

  #shared<K extends AnyKind>(kind: K, selection: Selection): Informer<ObjectOf<K>> {
    const id = idOf(kind, selection);
    const known = this.#informers.get(id);
    if (known) return known.informer as Informer<ObjectOf<K>>;
    const { freeze = false, log } = this.#options;
    const target = new CachingInformer<ObjectOf<K>>(freeze, log);
    const abort = new AbortController();
    this.#informers.set(id, { informer: target, abort });
    const signal = AbortSignal.any([this.#abort.signal, abort.signal]);
    const running = reflect({ ...this.#options, kind, selection, target, signal });
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
    return target;
  }
}

function idOf(kind: AnyKind, selection: Selection): string {
  const { namespace = "", labelSelector = "", fieldSelector = "", metadataOnly = false } = selection;
  return JSON.stringify([kind.apiVersion, kind.kind, namespace, labelSelector, fieldSelector, metadataOnly]);
}

/** Managed fields are often half an object, and no component reads them. The server keeps them on update. */
function withoutManagedFields<T>(object: T): T {
  const { managedFields, ...metadata } = stored(object).metadata;
  return managedFields === undefined ? object : { ...object, metadata };
}
