import type { ObjectRef } from "#api/object.ts";
import { controllerOf } from "#api/ownership.ts";
import { keyOf, stored, type StoredObject } from "./stored.ts";

/** Says under which values an object is found. */
type IndexBy<T> = (object: T) => readonly string[];

/** Read access to the objects of one kind. What it hands out is shared and never changed. */
export interface Cache<T> {
  readonly size: number;
  get(ref: ObjectRef): T | undefined;
  /** All objects, or those of one namespace. */
  list(namespace?: string): readonly T[];
  /** Objects whose managing owner has this uid, in the owner's namespace: elsewhere nothing can be its own. */
  ownedBy(owner: OwnerKey): readonly T[];
  /** Objects of a namespace that no owner manages. */
  orphans(namespace: string): readonly T[];
  /** Objects found under `value` of an index added with `addIndex`. */
  byIndex(index: string, value: string): readonly T[];
  /** Adds an index over present and future objects; an index of that name that is there already stays. */
  addIndex(index: string, by: IndexBy<T>): void;
}

/** What tells an owner in a namespace from all others. */
interface OwnerKey {
  readonly uid: string;
  readonly namespace?: string | undefined;
}

const OWNER = "owner";
const ORPHAN = "orphan";

/** The objects found under one value, and the one that was put last, unless it is gone. */
interface Bucket<T> {
  readonly objects: Map<string, T>;
  last: T | undefined;
}

class Index<T> {
  readonly by: IndexBy<T>;
  readonly #buckets = new Map<string, Bucket<T>>();

  constructor(by: IndexBy<T>) {
    this.by = by;
  }

  add(key: string, object: T): void {
    for (const value of this.by(object)) this.#addTo(value, key, object);
  }

  /** Puts `object` where `previous` was; where both are found alike nothing is taken out, which costs far more. */
  replace(key: string, previous: T, object: T): void {
    const values = this.by(object);
    for (const value of this.by(previous)) if (!values.includes(value)) this.#removeFrom(value, key);
    for (const value of values) this.#addTo(value, key, object);
  }

  remove(key: string, object: T): void {
    for (const value of this.by(object)) this.#removeFrom(value, key);
  }

  #removeFrom(value: string, key: string): void {
    const bucket = this.#buckets.get(value);
    if (bucket === undefined) return;
    const { objects } = bucket;
    if (bucket.last === objects.get(key)) bucket.last = undefined;
    objects.delete(key);
    if (objects.size === 0) this.#buckets.delete(value);
  }

  #addTo(value: string, key: string, object: T): void {
    const bucket = this.#buckets.get(value);
    if (bucket === undefined) this.#buckets.set(value, { objects: new Map([[key, object]]), last: object });
    else {
      bucket.objects.set(key, object);
      bucket.last = object;
    }
  }

  /** The object found under `value` that was put last; some other, if that is gone. */
  last(value: string): T | undefined {
    const bucket = this.#buckets.get(value);
    return bucket?.last ?? bucket?.objects.values().next().value;
  }

  find(value: string): readonly T[] {
    const bucket = this.#buckets.get(value);
    return bucket ? [...bucket.objects.values()] : [];
  }
}

/** The cache an informer fills. */
export class IndexedCache<T> implements Cache<T> {
  /** By namespace, empty for what has none, and by name. */
  readonly #objects = new Map<string, Map<string, T>>();
  readonly #indexes = new Map<string, Index<T>>();
  #size = 0;

  constructor() {
    this.addIndex(OWNER, (object) => ownerOf(stored(object)));
    this.addIndex(ORPHAN, (object) => (controllerOf(stored(object)) ? [] : [namespaceOf(stored(object))]));
  }

  get size(): number {
    return this.#size;
  }

  get({ namespace = "", name }: ObjectRef): T | undefined {
    return this.#objects.get(namespace)?.get(name);
  }

  list(namespace?: string): readonly T[] {
    if (namespace === undefined) return this.#all();
    const objects = this.#objects.get(namespace);
    return objects ? [...objects.values()] : [];
  }

  ownedBy({ uid, namespace = "" }: OwnerKey): readonly T[] {
    return this.byIndex(OWNER, `${namespace}/${uid}`);
  }

  orphans(namespace: string): readonly T[] {
    return this.byIndex(ORPHAN, namespace);
  }

  byIndex(index: string, value: string): readonly T[] {
    const found = this.#indexes.get(index);
    if (!found) throw new RangeError(`There is no index "${index}"`);
    return found.find(value);
  }

  addIndex(index: string, by: IndexBy<T>): void {
    if (this.#indexes.has(index)) return;
    const added = new Index(by);
    for (const object of this.#all()) added.add(keyOf(stored(object).metadata), object);
    this.#indexes.set(index, added);
  }

  /**
   * Another object that is likely to say much the same: of the same owner or, without one, of the same namespace. The
   * one put last says the same of when things happened, too.
   */
  sibling(object: T): T | undefined {
    const [owner] = ownerOf(stored(object));
    const [index, value] = owner === undefined ? [ORPHAN, namespaceOf(stored(object))] : [OWNER, owner];
    return this.#indexes.get(index)?.last(value);
  }

  keys(): Iterable<string> {
    return this.#all().map((object) => keyOf(stored(object).metadata));
  }

  /** Puts an object in place; gives what stood there before. */
  set(object: T): T | undefined {
    const { metadata } = stored(object);
    const { namespace = "", name } = metadata;
    let objects = this.#objects.get(namespace);
    if (objects === undefined) this.#objects.set(namespace, (objects = new Map()));
    const previous = objects.get(name);
    objects.set(name, object);
    if (previous === undefined) this.#size++;
    const key = keyOf(metadata);
    for (const index of this.#indexes.values()) {
      if (previous === undefined) index.add(key, object);
      else index.replace(key, previous, object);
    }
    return previous;
  }

  /** Takes an object out; gives it back if it was there. */
  remove(ref: ObjectRef): T | undefined {
    const { namespace = "", name } = ref;
    const objects = this.#objects.get(namespace);
    const previous = objects?.get(name);
    if (objects === undefined || previous === undefined) return undefined;
    objects.delete(name);
    if (objects.size === 0) this.#objects.delete(namespace);
    this.#size--;
    const key = keyOf(ref);
    for (const index of this.#indexes.values()) index.remove(key, previous);
    return previous;
  }

  #all(): T[] {
    const all: T[] = [];
    for (const objects of this.#objects.values()) for (const object of objects.values()) all.push(object);
    return all;
  }
}

/** The key of the managing owner, if there is one. */
function ownerOf(object: StoredObject): readonly string[] {
  const owner = controllerOf(object);
  return owner ? [`${namespaceOf(object)}/${owner.uid}`] : [];
}

function namespaceOf(object: StoredObject): string {
  return object.metadata.namespace ?? "";
}
