import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap, CustomResourceDefinition, Namespace } from "knarr";
import { customKind } from "#api/apiextensions/custom_kind.ts";
import { Story } from "./story.ts";

const DEFINITION = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: backups.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: backups, kind: Backup }
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties: { keep: { type: integer, default: 7 } }
  - name: v1beta1
    served: true
    storage: false
    schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`;

/** The client's idea of Backup: how it is reached. */
const Backup = customKind({
  group: "example.com",
  scope: "Namespaced",
  names: { plural: "backups", kind: "Backup" },
  version: { name: "v1", served: true, storage: true },
  storageVersion: "v1",
  fingerprint: "",
  isEnding: false,
  schema: () => undefined,
});

const backup = (name: string, metadata = "") => `
apiVersion: example.com/v1
kind: Backup
metadata: { name: ${name}${metadata} }
spec: {}
`;

/** A cluster with Backup, and what its tests ask again and again. */
async function begin() {
  const story = await Story.begin({ nodes: 1 });
  const { cluster } = story;
  await cluster.apply(`${DEFINITION}---${backup("daily")}`);
  const uidOf = async (name: string) => (await cluster.client.get(Backup, { namespace: "default", name })).metadata.uid;
  const has = (kind: typeof Backup | typeof ConfigMap, name: string) =>
    story.exists(kind, { namespace: "default", name });
  const ownedBy = (uid: string, owner: { apiVersion: string; kind: string; name: string }) => [
    { ...owner, uid, controller: true, blockOwnerDeletion: true },
  ];
  return { story, cluster, uidOf, has, ownedBy };
}

test("objects of a custom kind own others and are owned like any", async () => {
  const { story, cluster, uidOf, has, ownedBy } = await begin();
  await using _ = story;
  const { client } = cluster;
  const owner = { apiVersion: "example.com/v1beta1", kind: "Backup", name: "daily" };
  await client.create(ConfigMap, {
    metadata: { namespace: "default", name: "index", ownerReferences: ownedBy(await uidOf("daily"), owner) },
  });
  const index = await client.get(ConfigMap, { namespace: "default", name: "index" });
  const ownerReferences = ownedBy(index.metadata.uid, { apiVersion: "v1", kind: "ConfigMap", name: "index" });
  await client.create(Backup, { metadata: { namespace: "default", name: "part", ownerReferences }, spec: {} });
  await cluster.clock.advance("10s");
  assert.equal(await has(Backup, "part"), true);
  await client.delete(Backup, { namespace: "default", name: "daily" }, { propagationPolicy: "Foreground" });
  await cluster.until(async () => !(await has(Backup, "part")));
  assert.deepEqual([await has(ConfigMap, "index"), await has(Backup, "daily")], [false, false]);
});

test("a namespace takes its custom resources with it", async () => {
  const { story, cluster } = await begin();
  await using _ = story;
  const { client } = cluster;
  await client.create(Namespace, { metadata: { name: "shop" } });
  await cluster.apply(backup("weekly", ", namespace: shop"));
  await client.delete(Namespace, { name: "shop" });
  await cluster.until(async () => !(await story.exists(Namespace, { name: "shop" })), "1m");
  const { items } = await client.list(Backup);
  assert.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ["daily"],
  );
});

test("a definition takes its objects with it, and they what they own; nothing follows them any more", async () => {
  const { story, cluster, uidOf, has, ownedBy } = await begin();
  await using _ = story;
  const { client } = cluster;
  const owner = { apiVersion: "example.com/v1", kind: "Backup", name: "daily" };
  await client.create(ConfigMap, {
    metadata: { namespace: "default", name: "index", ownerReferences: ownedBy(await uidOf("daily"), owner) },
  });
  await cluster.clock.advance("5s");
  await client.delete(CustomResourceDefinition, { name: "backups.example.com" });
  await cluster.until(async () => !(await has(ConfigMap, "index")), "1m");
  await cluster.until(async () => !(await story.exists(CustomResourceDefinition, { name: "backups.example.com" })));
  await cluster.clock.advance("10m");
  await cluster.apply(`${DEFINITION}---${backup("daily")}`);
  assert.equal((await client.get(Backup, { namespace: "default", name: "daily" })).spec.keep, 7);
});

test("what is declared is served again after a restart, and a deletion under way goes on", async () => {
  const { story, cluster, has } = await begin();
  await using _ = story;
  // A killed program complains of its store.
  story.mayComplain = true;
  await cluster.restart();
  assert.equal(await has(Backup, "daily"), true);
  const held = { metadata: { finalizers: ["example.com/hold"] } };
  const daily = { namespace: "default", name: "daily" };
  await cluster.client.patch(Backup, daily, { type: "merge", body: held });
  await cluster.client.delete(CustomResourceDefinition, { name: "backups.example.com" });
  await cluster.restart();
  assert.equal(await has(Backup, "daily"), true);
  await cluster.client.patch(Backup, daily, { type: "merge", body: { metadata: { finalizers: null } } });
  await cluster.until(async () => !(await story.exists(CustomResourceDefinition, { name: "backups.example.com" })));
});
