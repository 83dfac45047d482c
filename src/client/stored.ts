import type { ObjectMeta } from "#api/meta/object_meta.ts";
import type { ObjectRef } from "#api/object.ts";

/** What the server has filled in on every object it hands out. */
interface StoredMeta extends ObjectMeta {
  name: string;
  uid: string;
  resourceVersion: string;
  creationTimestamp: string;
}

/** An object as it came from the server, whatever its kind. */
export interface StoredObject {
  apiVersion: string;
  kind: string;
  metadata: StoredMeta;
}

/** The part of an object that all kinds share, where its static type is not known. */
export function stored(object: unknown): StoredObject {
  return object as StoredObject;
}

/** How one object of a kind is called in queues and caches: `namespace/name`, or `name` in the whole cluster. */
export function keyOf(ref: ObjectRef): string {
  return ref.namespace ? `${ref.namespace}/${ref.name}` : ref.name;
}

/** The inverse of `keyOf`. */
export function refOf(key: string): ObjectRef {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/**
 * Orders two resource versions of one cluster: negative when `a` is older. They are decimal revisions without
 * leading zeros, so the longer is the newer.
 */
export function compareResourceVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
