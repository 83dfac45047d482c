import { equalJson } from "#api/json.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { Entry } from "#store/entry.ts";
import type { Change } from "#store/store.ts";
import { encodeObject, objectOf } from "./object_codec.ts";

/*
 * Where a kind says that its objects may stand in the store in another form (`Kind.stored`), reads do not look at
 * entries but at views of them: entries that hold the object as the kind has it now. A view is made once and kept as
 * long as both entry and kind live. Entries of other kinds are their own views.
 */

type Views = WeakMap<Entry, Entry>;

const views = new WeakMap<AnyKind, Views>();
const batches = new WeakMap<AnyKind, WeakMap<readonly Change[], readonly Change[]>>();

/** The views of entries, in their order; a promise when somebody else must be asked. */
export function viewsOf(kind: AnyKind, entries: readonly Entry[]): readonly Entry[] | Promise<readonly Entry[]> {
  const { stored } = kind;
  if (stored === undefined) return entries;
  const known = keptFor(views, kind);
  const missing = entries.filter((entry) => !known.has(entry));
  const all = () => entries.map((entry) => known.get(entry) ?? entry);
  if (missing.length === 0) return all();
  const remember = (objects: readonly KubeObject[]) => {
    for (const [i, entry] of missing.entries()) {
      const object = objects[i];
      if (object !== undefined) known.set(entry, viewOf(entry, object));
    }
    return all();
  };
  return whenDone(stored.read(missing.map(objectOf)), remember);
}

/** Changes with views in the place of their entries; the same list for every watcher that is handed the same one. */
export function viewedChanges(kind: AnyKind, batch: readonly Change[]): readonly Change[] | Promise<readonly Change[]> {
  if (kind.stored === undefined) return batch;
  const known = keptFor(batches, kind);
  const found = known.get(batch);
  if (found !== undefined) return found;
  const entries = batch.flatMap(({ entry, previous }) => [entry, previous].filter((each) => each !== undefined));
  return whenDone(viewsOf(kind, entries), () => {
    const view = (entry: Entry | undefined) => entry && (views.get(kind)?.get(entry) ?? entry);
    const viewed = batch.map((change) => ({ ...change, entry: view(change.entry), previous: view(change.previous) }));
    known.set(batch, viewed);
    return viewed;
  });
}

/** The form in which an object is stored. */
export function storedForm(kind: AnyKind, object: KubeObject): KubeObject | Promise<KubeObject> {
  return kind.stored === undefined ? object : kind.stored.write(object);
}

/** Goes on with a value at once, or when it is there. */
export function whenDone<T, R>(value: T | Promise<T>, next: (value: T) => R): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

function viewOf(entry: Entry, object: KubeObject): Entry {
  if (equalJson(object, objectOf(entry))) return entry;
  return new Entry(entry.key, encodeObject(object), entry.createRevision, entry.modRevision);
}

function keptFor<K extends object, V extends object>(
  kept: WeakMap<AnyKind, WeakMap<K, V>>,
  kind: AnyKind,
): WeakMap<K, V> {
  let found = kept.get(kind);
  if (found === undefined) kept.set(kind, (found = new WeakMap()));
  return found;
}
