import type { AnyKind } from "#api/object.ts";
import type { DeleteOptions, ListOptions, WriteOptions } from "./client.ts";

/** Where a kind is served: `/api/v1/…` for the core group, `/apis/GROUP/VERSION/…` for all others. */
export function collectionPath(kind: AnyKind, namespace?: string): string {
  const root = kind.group === "" ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const within = kind.scope === "Namespaced" && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${root}${within}/${kind.plural}`;
}

/**
 * The path of one object, or of its subresource.
 *
 * @throws {TypeError} If the kind lives in namespaces and none is given: the path would name something else.
 */
export function objectPath(
  kind: AnyKind,
  ref: { readonly namespace?: string | undefined; readonly name: string },
  subresource?: string,
): string {
  if (ref.name === "") throw new TypeError(`A ${kind.kind} needs a name`);
  if (kind.scope === "Namespaced" && !ref.namespace)
    throw new TypeError(`${kind.kind} "${ref.name}" needs a namespace`);
  const path = `${collectionPath(kind, ref.namespace)}/${encodeURIComponent(ref.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** The query of a list, without what is not asked for. */
export function listQuery(options: ListOptions): URLSearchParams {
  const query = new URLSearchParams();
  if (options.labelSelector) query.set("labelSelector", options.labelSelector);
  if (options.fieldSelector) query.set("fieldSelector", options.fieldSelector);
  if (options.limit) query.set("limit", String(options.limit));
  if (options.continue) query.set("continue", options.continue);
  if (options.resourceVersion) query.set("resourceVersion", options.resourceVersion);
  return query;
}

export function writeQuery(options: WriteOptions): URLSearchParams {
  const query = new URLSearchParams();
  if (options.fieldManager) query.set("fieldManager", options.fieldManager);
  if (options.dryRun) query.set("dryRun", "All");
  return query;
}

/** The body of a delete. */
export function deleteBody(options: DeleteOptions): Record<string, unknown> {
  return { apiVersion: "v1", kind: "DeleteOptions", ...options };
}
