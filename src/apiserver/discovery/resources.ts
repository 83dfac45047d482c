import type { AnyKind } from "#api/object.ts";
import type { APIResource } from "#api/meta/discovery.ts";
import type { KindRegistry } from "#api/registry.ts";

/** The name of one object of a kind in lower case, as commands take it. */
export function singularOf(kind: AnyKind): string {
  return kind.singular ?? kind.kind.toLowerCase();
}

/** Whether objects of a kind are kept, so that its storage has a version. */
function isStored(kind: AnyKind): boolean {
  return kind.verbs.includes("list");
}

/** Tells clients when the stored form of a kind changed: the start of a SHA-256 (apiserver discovery/storageversionhash.go). */
async function storageVersionHash(kind: AnyKind): Promise<string> {
  const { group, version, kind: name } = kind.conversion?.stored ?? kind;
  const text = new TextEncoder().encode(`${group}/${version}/${name}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return btoa(String.fromCodePoint(...digest.subarray(0, 8)));
}

/** The subresources of a kind by name. */
export function subresourcesOf(kind: AnyKind) {
  return Object.entries(kind.subresources).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** The entries of one kind in an APIResourceList: itself and its subresources. */
async function resourcesOf(kind: AnyKind): Promise<APIResource[]> {
  const namespaced = kind.scope === "Namespaced";
  const own: APIResource = {
    name: kind.plural,
    singularName: singularOf(kind),
    namespaced,
    kind: kind.kind,
    verbs: [...kind.verbs].toSorted(),
    ...(kind.shortNames && { shortNames: [...kind.shortNames] }),
    ...(kind.categories && { categories: [...kind.categories] }),
    ...(isStored(kind) && { storageVersionHash: await storageVersionHash(kind) }),
  };
  const below = subresourcesOf(kind).map(([name, each]): APIResource => {
    const isForeign = each.group !== kind.group || each.version !== kind.version;
    return {
      name: `${kind.plural}/${name}`,
      singularName: "",
      namespaced,
      ...(isForeign && { group: each.group, version: each.version }),
      kind: each.kind,
      verbs: [...each.verbs].toSorted(),
    };
  });
  return [own, ...below];
}

/** `/api/v1`, `/apis/apps/v1`; undefined when nothing is served there. */
export async function resourceList(registry: KindRegistry, group: string, version: string): Promise<unknown> {
  const kinds = registry.inGroupVersion(group, version);
  if (kinds.length === 0) return undefined;
  const groupVersion = group === "" ? version : `${group}/${version}`;
  const resources = (await Promise.all(kinds.map(resourcesOf))).flat();
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources };
}
