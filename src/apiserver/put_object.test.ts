import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "#api/object.ts";
import type { Revision } from "#store/store.ts";
import { MemoryStore } from "#store/memory_store.ts";
import { Entry } from "#store/entry.ts";
import { encodeObject, objectOf, putObject } from "./object_codec.ts";

const config = (data: object): KubeObject =>
  ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", resourceVersion: "7" }, data }) as KubeObject;

/** What a watch is given of an object at the moment it is there. */
async function seen(
  object: KubeObject,
  expected: Revision | "absent" = "absent",
): Promise<{ readonly atOnce: KubeObject; readonly entry: Entry }> {
  const store = new MemoryStore();
  if (expected !== "absent") await putObject(store, "/a", config({}), "absent");
  const found: KubeObject[] = [];
  const watch = store.watch(
    "/a",
    { after: store.revision },
    { changes: ([change]) => change?.entry && found.push(objectOf(change.entry)), closed: () => {} },
  );
  const entry = await putObject(store, "/a", object, expected);
  watch.close();
  assert.ok(found[0]);
  return { atOnce: found[0], entry };
}

test("who looks at an object the moment it is there sees what is parsed of it later", async () => {
  const object = config({ z: "1", a: "2" });
  const { atOnce, entry } = await seen(object);
  assert.equal(
    (atOnce as unknown as { data: object }).data,
    (object as unknown as { data: object }).data,
    "not parsed",
  );
  assert.equal(objectOf(entry), atOnce);
  const later = new Entry(entry.key, encodeObject(object), entry.createRevision, entry.modRevision);
  assert.equal(JSON.stringify(atOnce), JSON.stringify(objectOf(later)), "the same, in the same order");
  assert.equal(atOnce.metadata.resourceVersion, String(entry.modRevision));
});

test("a change that says undefined is parsed: nobody sees members that JSON does not have", async () => {
  const { atOnce } = await seen(config({ a: "1", gone: undefined }), 1);
  assert.deepEqual(Object.keys((atOnce as unknown as { data: object }).data), ["a"]);
});
