import { equalJson } from "#api/json.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { ConflictError, type Entry, type Store } from "#store/store.ts";
import { objectOf, putObject, storageKey, storagePrefix } from "./object_codec.ts";
import { alreadyExists, notFound } from "./status_error.ts";
import { storedForm, viewsOf } from "./stored_view.ts";

/** What a change makes of an object: the object to write, or its removal, with the object as it was last. */
export type Outcome = (
  | { readonly write: KubeObject; readonly remove?: undefined }
  | { readonly remove: KubeObject; readonly write?: undefined }
) & {
  /** Called when the write is done or has failed. */
  readonly after?: (() => void) | undefined;
};

/** What came of a change. `entry` is undefined after a removal and on a dry run. */
export interface Changed {
  readonly entry: Entry | undefined;
  readonly object: KubeObject;
  readonly removed: boolean;
}

/** The entry of an object. @throws {StatusError} 404. */
export function entryAt(store: Store, kind: AnyKind, namespace: string, name: string): Entry {
  const entry = store.get(storageKey(kind, namespace, name));
  if (entry === undefined) throw notFound(kind, name);
  return entry;
}

/** The entry of an object as its kind shows it. @throws {StatusError} 404. */
export async function readEntry(store: Store, kind: AnyKind, namespace: string, name: string): Promise<Entry> {
  return viewed(kind, entryAt(store, kind, namespace, name));
}

async function viewed(kind: AnyKind, entry: Entry): Promise<Entry> {
  const [view = entry] = await viewsOf(kind, [entry]);
  return view;
}

/** The objects of a kind as they stand, of all namespaces or one. They are shared: nobody changes them. */
export function storedObjects<T extends KubeObject = KubeObject>(store: Store, kind: AnyKind, namespace = ""): T[] {
  return store.range(storagePrefix(kind, namespace)).entries.map((entry) => objectOf(entry) as T);
}

/** Stores a new object. @throws {StatusError} 409 AlreadyExists. */
export async function insert(store: Store, kind: AnyKind, object: KubeObject): Promise<Entry> {
  const { namespace = "", name = "" } = object.metadata;
  try {
    const form = await storedForm(kind, object);
    return await viewed(kind, await putObject(store, storageKey(kind, namespace, name), form, "absent"));
  } catch (error) {
    if (error instanceof ConflictError) throw alreadyExists(kind, name);
    throw error;
  }
}

/**
 * Changes a stored object: `change` sees it as it stands and says what is to become of it; when somebody else was
 * faster it is asked again, so it must refuse by itself what is only meant for one version. Nothing is written when
 * nothing differs, nor on a dry run.
 *
 * @throws {StatusError} 404 when there is no such object, and whatever `change` throws.
 */
export async function changeStored(
  store: Store,
  kind: AnyKind,
  ref: { readonly namespace: string; readonly name: string },
  dryRun: boolean,
  change: (current: KubeObject, attempt: number) => Outcome | Promise<Outcome>,
): Promise<Changed> {
  for (let attempt = 1; ; attempt++) {
    const entry = entryAt(store, kind, ref.namespace, ref.name);
    const view = kind.stored === undefined ? entry : await viewed(kind, entry);
    const current = objectOf(view);
    const outcome = await change(current, attempt);
    try {
      if (outcome.remove !== undefined) {
        const last = outcome.remove;
        if (dryRun) return { entry: undefined, object: last, removed: true };
        const removal = await store.delete(entry.key, entry.modRevision);
        const metadata = { ...last.metadata, resourceVersion: String(removal.revision) };
        return { entry: undefined, object: { ...last, metadata }, removed: true };
      }
      const { resourceVersion } = current.metadata;
      const written = { ...outcome.write, metadata: { ...outcome.write.metadata, resourceVersion } } as KubeObject;
      const isSame = equalJson(written, current);
      if (isSame && (kind.stored === undefined || dryRun)) return { entry: view, object: current, removed: false };
      if (dryRun) return { entry: undefined, object: written, removed: false };
      const form = await storedForm(kind, written);
      // An object that stands there in an old form is written anew: so are stored versions migrated.
      if (isSame && equalJson(form, objectOf(entry))) return { entry: view, object: current, removed: false };
      const stored = await viewed(kind, await putObject(store, entry.key, form, entry.modRevision));
      return { entry: stored, object: objectOf(stored), removed: false };
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    } finally {
      outcome.after?.();
    }
  }
}
