import { parseYamlDocuments } from "#api/codec/parse_yaml.ts";
import type { KubeObject } from "#api/object.ts";
import type { KindRegistry } from "#api/registry.ts";
import type { Client } from "#client/client.ts";

/**
 * Applies every document of a YAML text on the server's side, in their order, as `kubectl apply --server-side` does.
 * Objects without a namespace go to `default`.
 *
 * @throws {ApiError} When the server refuses one; those before it stay applied.
 * @throws {TypeError} When a document is of no known kind or has no name.
 */
export async function applyManifests(client: Client, registry: KindRegistry, text: string): Promise<void> {
  for (const { value } of parseYamlDocuments(text)) {
    const object = value as Partial<KubeObject>;
    const kind = registry.byKind(object.apiVersion ?? "", object.kind ?? "");
    if (kind === undefined)
      throw new TypeError(`no matches for kind "${object.kind}" in version "${object.apiVersion}"`);
    const { name, namespace = "default" } = object.metadata ?? {};
    if (!name) throw new TypeError(`a ${kind.kind} to apply needs a name`);
    const ref = kind.scope === "Namespaced" ? { namespace, name } : { name };
    const body = { ...object, metadata: { ...object.metadata, ...ref } };
    await client.patch(kind, ref, { type: "apply", body, force: true }, { fieldManager: "knarr" });
  }
}
