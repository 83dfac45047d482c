import { nextTurn } from "#base/turn.ts";
import { CustomResourceDefinition } from "#api/apiextensions/customresourcedefinition.ts";
import { parseYamlDocuments } from "#api/codec/parse_yaml.ts";
import type { KubeObject } from "#api/object.ts";
import type { KindRegistry } from "#api/registry.ts";
import type { Client } from "#client/client.ts";

/**
 * Applies every document of a YAML text on the server's side, in their order, as `kubectl apply --server-side` does.
 * Objects without a namespace go to `default`. What a CustomResourceDefinition declares may come right after it.
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
    if (kind === CustomResourceDefinition) await established(client, name);
  }
}

/** The server gives a definition its names some turns after it was written; objects of it may follow at once. */
const TURNS_MAX = 1_000;

async function established(client: Client, name: string): Promise<void> {
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    const { status } = await client.get(CustomResourceDefinition, { name });
    if (status.conditions.some(({ type, status: value }) => type === "Established" && value === "True")) return;
    const refused = status.conditions.find(({ type, status: value }) => type === "NamesAccepted" && value === "False");
    if (refused) throw new TypeError(`${name} is not served: ${refused.message}`);
    await nextTurn();
  }
  throw new TypeError(`${name} is not served`);
}
