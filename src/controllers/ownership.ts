import type { LabelSelector } from "#api/meta/label_selector.ts";
import type { OwnerReference } from "#api/meta/object_meta.ts";
import type { AnyKind } from "#api/object.ts";
import { controllerOf, ownerReference } from "#api/ownership.ts";
import { labelSelectorMatcher } from "#api/selectors/labels.ts";
import { isApiError, type Client } from "#client/client.ts";
import type { Cache } from "#client/cache.ts";
import { stored, type StoredObject } from "#client/stored.ts";

/** What an owner has to do so that it manages exactly the objects its selector selects. */
export interface Claims<T> {
  /** Managed already and still selected. */
  readonly kept: readonly T[];
  /** Selected and managed by nobody. */
  readonly adopt: readonly T[];
  /** Managed but no longer selected. */
  readonly release: readonly T[];
}

/**
 * Decides which objects an owner takes and lets go (controller_ref_manager.go). An owner on its way out takes
 * nothing and lets nothing go; an object on its way out is not taken.
 *
 * @param mayAdopt Which orphans are worth taking, beyond the selector.
 */
export function planClaims<T>(
  owner: { readonly metadata: { readonly deletionTimestamp?: string | undefined } },
  selector: LabelSelector | undefined,
  owned: readonly T[],
  orphans: readonly T[],
  mayAdopt: (object: T) => boolean = () => true,
): Claims<T> {
  const matcher = labelSelectorMatcher(selector);
  const isSelected = (object: T) => matcher.matches(stored(object).metadata.labels ?? {});
  const isLeaving = (object: T) => stored(object).metadata.deletionTimestamp !== undefined;
  const kept: T[] = [];
  const release: T[] = [];
  for (const object of owned) (isSelected(object) ? kept : release).push(object);
  if (owner.metadata.deletionTimestamp !== undefined) return { kept, adopt: [], release: [] };
  const adopt = orphans.filter((orphan) => !isLeaving(orphan) && isSelected(orphan) && mayAdopt(orphan));
  return { kept, adopt, release };
}

interface ClaimOptions<T> {
  readonly client: Client;
  readonly ownerKind: AnyKind;
  readonly owner: StoredObject;
  readonly selector: LabelSelector | undefined;
  readonly kind: AnyKind;
  readonly cache: Cache<T>;
  readonly mayAdopt?: (object: T) => boolean;
  /** A finalizer that comes with being managed. */
  readonly finalizer?: string;
}

/** Takes and lets go as planned; gives the objects the owner manages now. */
export async function claim<T>(options: ClaimOptions<T>): Promise<readonly T[]> {
  const { client, owner, ownerKind, kind, cache, selector, mayAdopt, finalizer } = options;
  const { uid, namespace = "", name } = owner.metadata;
  const { kept, adopt, release } = planClaims(
    owner,
    selector,
    cache.ownedBy(owner.metadata),
    cache.orphans(namespace),
    mayAdopt,
  );
  if (adopt.length > 0) {
    // The cache may not know yet that the owner is going, or is another of the same name: ask the server itself.
    const fresh = stored(await client.get(ownerKind, { namespace, name }));
    if (fresh.metadata.uid !== uid) throw new Error(`${ownerKind.kind} ${namespace}/${name} is another one by now`);
    if (fresh.metadata.deletionTimestamp !== undefined) return kept;
  }
  const reference = ownerReference(ownerKind, owner);
  const adopted = await Promise.all(
    adopt.map((orphan) => {
      const finalizers = finalizer === undefined ? undefined : [...finalizersOf(orphan, finalizer), finalizer];
      return setOwners(client, kind, orphan, [...ownersOf(orphan), reference], finalizers);
    }),
  );
  await Promise.all(
    release.map((object) =>
      setOwners(
        client,
        kind,
        object,
        ownersOf(object).filter((each) => each.uid !== uid),
        finalizer === undefined ? undefined : finalizersOf(object, finalizer),
      ),
    ),
  );
  return [...kept, ...adopted.filter((object): object is Awaited<T> => object !== undefined)] as readonly T[];
}

function ownersOf(object: unknown): readonly OwnerReference[] {
  return stored(object).metadata.ownerReferences ?? [];
}

/** The object's finalizers but for one. */
function finalizersOf(object: unknown, but: string): readonly string[] {
  return (stored(object).metadata.finalizers ?? []).filter((each) => each !== but);
}

/** Gives the object with its new owners, or undefined when it has gone meanwhile. Undefined finalizers stay. */
async function setOwners(
  client: Client,
  kind: AnyKind,
  object: unknown,
  owners: readonly OwnerReference[],
  finalizers: readonly string[] | undefined,
) {
  const { metadata } = stored(object);
  const { uid, resourceVersion } = metadata;
  const ownerReferences = owners.length > 0 ? owners : null;
  try {
    return await client.patch(kind, metadata, {
      type: "merge",
      body: { metadata: { uid, resourceVersion, ownerReferences, ...(finalizers && { finalizers }) } },
    });
  } catch (error) {
    if (isApiError(error, "NotFound")) return undefined;
    throw error;
  }
}

/** The owners, among `candidates`, that would take an orphan. */
export function adopters<T extends { spec: { selector?: LabelSelector | undefined } }>(
  orphan: { readonly metadata: StoredObject["metadata"] },
  candidates: Cache<T>,
): readonly T[] {
  if (controllerOf(orphan)) return [];
  const { namespace = "", labels = {} } = orphan.metadata;
  return candidates.list(namespace).filter(({ spec }) => labelSelectorMatcher(spec.selector).matches(labels));
}
