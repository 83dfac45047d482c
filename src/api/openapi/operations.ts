import type { AnyKind } from "../object.ts";
import type { Subresource } from "../schema/kind.ts";

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** `x-kubernetes-action`: what a request does, however it is addressed. */
export type Action = "list" | "post" | "deletecollection" | "get" | "put" | "patch" | "delete" | "connect";

/** One way to call the server, before it is written down in a dialect. */
export interface Operation {
  readonly path: string;
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  readonly action: Action;
  readonly id: string;
  readonly tag: string;
  readonly target: GroupVersionKind;
  /** Names in braces in the path. */
  readonly pathParameters: readonly string[];
  /** The type sent and answered, by kind; undefined when it is not an object of the API. */
  readonly body: GroupVersionKind | undefined;
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** `/api/v1` or `/apis/apps/v1`. */
export function groupVersionPath(group: string, version: string): string {
  return group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** `AppsV1`: how operation names and tags call a group and version. */
function groupName(group: string): string {
  return (group === "" ? "core" : group).replace(/\.k8s\.io$/, "").replaceAll(".", "");
}

interface Place {
  readonly kind: AnyKind;
  readonly path: string;
  readonly parameters: readonly string[];
}

/** Every operation on a kind and its subresources. */
export function operationsOf(kind: AnyKind): Operation[] {
  const base = groupVersionPath(kind.group, kind.version);
  const namespaced = kind.scope === "Namespaced";
  const parameters = namespaced ? ["namespace"] : [];
  const collection = { kind, path: `${base}/${namespaced ? "namespaces/{namespace}/" : ""}${kind.plural}`, parameters };
  const item = { kind, path: `${collection.path}/{name}`, parameters: ["name", ...parameters] };
  return [
    ...(namespaced && kind.verbs.includes("list") ? [listEverywhere(kind, `${base}/${kind.plural}`)] : []),
    ...collectionOperations(collection),
    ...itemOperations(item),
    ...Object.entries(kind.subresources).flatMap(([name, subresource]) =>
      subresourceOperations(item, name, subresource),
    ),
  ];
}

function listEverywhere(kind: AnyKind, path: string): Operation {
  const id = `list${prefix(kind)}${kind.kind}ForAllNamespaces`;
  return { ...operation({ kind, path, parameters: [] }, "get", "list", "list"), id };
}

function prefix(kind: AnyKind): string {
  return `${capitalized(groupName(kind.group))}${capitalized(kind.version)}`;
}

const COLLECTION = [
  ["list", "get", "list", "list"],
  ["create", "post", "post", "create"],
  ["deletecollection", "delete", "deletecollection", "deleteCollection"],
] as const;
const ITEM = [
  ["get", "get", "get", "read"],
  ["update", "put", "put", "replace"],
  ["patch", "patch", "patch", "patch"],
  ["delete", "delete", "delete", "delete"],
] as const;
const METHODS = { create: "post", delete: "delete", get: "get", patch: "patch", update: "put" } as const;
const NAMES = { create: "create", delete: "delete", get: "read", patch: "patch", update: "replace" } as const;

function collectionOperations(place: Place): Operation[] {
  return COLLECTION.filter(([verb]) => place.kind.verbs.includes(verb)).map(([, method, action, name]) =>
    operation(place, method, action, name),
  );
}

function itemOperations(place: Place): Operation[] {
  return ITEM.filter(([verb]) => place.kind.verbs.includes(verb)).map(([, method, action, name]) =>
    operation(place, method, action, name),
  );
}

function subresourceOperations(item: Place, name: string, subresource: Subresource): Operation[] {
  const { kind, group, version, connect } = subresource;
  const target = { group, version, kind };
  const suffix = capitalized(name);
  const place = { ...item, path: `${item.path}/${name}` };
  return subresource.verbs.map((verb) => {
    const method = METHODS[verb];
    const plain = operation(
      place,
      method,
      connect ? "connect" : method,
      connect ? `connect${capitalized(method)}` : NAMES[verb],
    );
    return { ...plain, id: `${plain.id}${suffix}`, target, body: connect ? undefined : target };
  });
}

function operation(place: Place, method: Operation["method"], action: Action, name: string): Operation {
  const { kind, path, parameters } = place;
  const scope = kind.scope === "Namespaced" ? "Namespaced" : "";
  const target = { group: kind.group, version: kind.version, kind: kind.kind };
  return {
    path,
    method,
    action,
    id: `${name}${prefix(kind)}${scope}${kind.kind}`,
    tag: `${groupName(kind.group)}_${kind.version}`,
    target,
    pathParameters: parameters,
    body: target,
  };
}
