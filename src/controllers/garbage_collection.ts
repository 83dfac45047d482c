import type { OwnerReference } from "#api/meta/object_meta.ts";
import type { DeleteOptions } from "#client/client.ts";
import type { StoredObject } from "#client/stored.ts";
import { ownersOf } from "./owner_graph.ts";

export const FOREGROUND = "foregroundDeletion";
export const ORPHAN = "orphan";

/** How it stands with one owner of an object. `unknown`: its kind is not served, so nothing may be concluded. */
export type OwnerState = "present" | "absent" | "waiting" | "unknown";

/** What to do with an object because of its owners. */
type Collection =
  | { readonly act: "nothing" }
  | { readonly act: "disown"; readonly keep: readonly OwnerReference[] }
  /** `unblock`: first let its own dependents stop holding it back, or a circle would wait for ever. */
  | { readonly act: "delete"; readonly policy: DeletionPolicy; readonly unblock: boolean };

type DeletionPolicy = NonNullable<DeleteOptions["propagationPolicy"]>;

/** Whether an object waits for its dependents to be gone. */
export function isDeletingDependents({ metadata }: StoredObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(FOREGROUND);
}

/** Whether an object waits for its dependents to be set free. */
export function isOrphaningDependents({ metadata }: StoredObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(ORPHAN);
}

/**
 * Decides about one object (garbagecollector.go, attemptToDeleteItem): it lives as long as one owner does, goes with
 * the last, and is first let go by owners that are absent. Pure.
 *
 * @param states How it stands with each of its owners, by uid.
 */
export function planCollection(
  object: StoredObject,
  states: ReadonlyMap<string, OwnerState>,
  hasDependents: boolean,
): Collection {
  const owners = ownersOf(object);
  if (owners.length === 0 || object.metadata.deletionTimestamp !== undefined) return { act: "nothing" };
  const stateOf = (owner: OwnerReference) => states.get(owner.uid) ?? "unknown";
  const keep = owners.filter((owner) => stateOf(owner) === "present" || stateOf(owner) === "unknown");
  if (keep.length === owners.length) return { act: "nothing" };
  if (keep.length > 0) return { act: "disown", keep };
  const isAwaited = owners.some((owner) => stateOf(owner) === "waiting");
  if (isAwaited && hasDependents) return { act: "delete", policy: "Foreground", unblock: true };
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(ORPHAN)) return { act: "delete", policy: "Orphan", unblock: false };
  const policy = finalizers.includes(FOREGROUND) ? "Foreground" : "Background";
  return { act: "delete", policy, unblock: false };
}
