import type { OwnerReference } from "./meta/object_meta.ts";
import type { KindNames } from "./schema/kind.ts";

interface Owned {
  readonly metadata: { readonly ownerReferences?: readonly OwnerReference[] | undefined };
}

interface Owner {
  readonly metadata: { readonly name?: string | undefined; readonly uid?: string | undefined };
}

/** The reference to the one object that controls `object`, if any. */
export function controllerOf(object: Owned): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

export function isControlledBy(object: Owned, owner: Owner): boolean {
  const controller = controllerOf(object);
  return controller !== undefined && controller.uid === owner.metadata.uid;
}

/** A reference by which `owner` controls an object and holds back its own deletion until that is gone. */
export function ownerReference(
  kind: Pick<KindNames, "group" | "version" | "kind">,
  owner: Owner,
): OwnerReference & { controller: true; blockOwnerDeletion: true } {
  return {
    apiVersion: kind.group === "" ? kind.version : `${kind.group}/${kind.version}`,
    kind: kind.kind,
    name: owner.metadata.name ?? "",
    uid: owner.metadata.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
}
