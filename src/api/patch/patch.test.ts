import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { Deployment } from "../apps/deployment.ts";
import type { Json, JsonObject } from "../json.ts";
import { applyJsonPatch } from "./json_patch.ts";
import { applyMergePatch } from "./merge_patch.ts";
import { PatchError } from "./patch_error.ts";
import { applyStrategicPatch } from "./strategic.ts";

describe("JSON patch", () => {
  const document = { a: { b: [1, 2, 3] }, "x/y": "z", n: null };
  const good: readonly (readonly [string, Json[], Json])[] = [
    ["adds at an index", [{ op: "add", path: "/a/b/1", value: 9 }], { ...document, a: { b: [1, 9, 2, 3] } }],
    ["appends", [{ op: "add", path: "/a/b/-", value: 4 }], { ...document, a: { b: [1, 2, 3, 4] } }],
    ["counts from the end", [{ op: "remove", path: "/a/b/-1" }], { ...document, a: { b: [1, 2] } }],
    ["unescapes", [{ op: "replace", path: "/x~1y", value: "w" }], { ...document, "x/y": "w" }],
    ["replaces what is absent", [{ op: "replace", path: "/q", value: 1 }], { ...document, q: 1 }],
    ["moves", [{ op: "move", from: "/a/b", path: "/c" }], { ...document, a: {}, c: [1, 2, 3] }],
    ["copies", [{ op: "copy", from: "/a/b/0", path: "/c" }], { ...document, c: 1 }],
    ["tests", [{ op: "test", path: "/a", value: { b: [1, 2, 3] } }], document],
    ["takes an absent member for null", [{ op: "test", path: "/gone", value: null }], document],
  ];
  for (const [name, patch, expected] of good) {
    it(name, () => assert.deepEqual(applyJsonPatch(document, patch), expected));
  }

  const bad: readonly (readonly [string, Json, number, RegExp])[] = [
    ["a failing test", [{ op: "test", path: "/a", value: 1 }], 422, /^testing value \/a failed: test failed$/],
    ["a missing parent", [{ op: "add", path: "/q/r", value: 1 }], 422, /doc is missing path: "\/q\/r"/],
    ["removing what is absent", [{ op: "remove", path: "/q" }], 422, /nonexistent key: q/],
    ["an index beyond the end", [{ op: "add", path: "/a/b/5", value: 1 }], 422, /invalid index: 5/],
    ["an unknown operation", [{ op: "jump", path: "/a" }], 422, /^Unexpected kind: jump$/],
    ["no list", {}, 400, /cannot unmarshal object/],
    ["too many operations", Array.from({ length: 10_001 }, () => ({})), 413, /is 10000, got 10001$/],
    ["the prototype", [{ op: "add", path: "/__proto__/polluted", value: 1 }], 422, /missing path/],
  ];
  for (const [name, patch, code, detail] of bad) {
    it(`refuses ${name}`, () => {
      const before = structuredClone(document);
      assert.throws(
        () => applyJsonPatch(document, patch),
        (error) => {
          assert.ok(error instanceof PatchError);
          assert.equal(error.code, code);
          assert.match(error.detail, detail);
          return true;
        },
      );
      assert.deepEqual(document, before);
    });
  }

  it("bounds what copying may add", () => {
    const patch = Array.from({ length: 40 }, (_, i) => ({ op: "copy", from: "/a", path: `/a/c${i}` }));
    assert.throws(() => applyJsonPatch({ a: { s: "x".repeat(1000) } }, patch), /rejected our request/);
  });
});

describe("merge patch", () => {
  for (const [document, patch, expected] of [
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{ a: 1 }, { b: [{ x: null, y: 1 }] }, { a: 1, b: [{ y: 1 }] }],
  ] as const) {
    it(`${JSON.stringify(document)} and ${JSON.stringify(patch)}`, () =>
      assert.deepEqual(applyMergePatch(document as unknown as JsonObject, patch as unknown as Json), expected));
  }
  it("takes __proto__ for a key", () => {
    const merged = applyMergePatch({}, JSON.parse('{"__proto__": {"polluted": 1}}'));
    assert.equal(JSON.stringify(merged), '{"__proto__":{"polluted":1}}');
    assert.equal(({} as JsonObject)["polluted"], undefined);
  });
  it("refuses what is no object", () => {
    assert.throws(() => applyMergePatch({}, [1]), {
      message: "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
    });
  });
});

const containers = (...names: string[]) => names.map((name) => ({ name, image: `${name}:1` }));
const deployment = (...names: string[]): JsonObject => ({
  metadata: { name: "web", finalizers: ["a", "b"], labels: { app: "web" } },
  spec: {
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } },
    template: { spec: { containers: containers(...names) } },
  },
});
const specPatch = (patch: JsonObject): JsonObject => ({ spec: { template: { spec: patch } } });
const podSpecAfter = (names: string[], patch: JsonObject): JsonObject => {
  const patched = applyStrategicPatch(deployment(...names), specPatch(patch), Deployment.schema);
  return (patched as { spec: { template: { spec: JsonObject } } }).spec.template.spec;
};
const namesAfter = (names: string[], patch: JsonObject): unknown[] =>
  (podSpecAfter(names, patch)["containers"] as JsonObject[]).map((container) => container["name"]);

describe("strategic merge patch", () => {
  it("merges lists by their key and keeps what the patch does not name", () => {
    const spec = podSpecAfter(["a", "b"], { containers: [{ name: "b", image: "b:2" }] });
    assert.deepEqual(spec["containers"], [
      { name: "a", image: "a:1" },
      { name: "b", image: "b:2" },
    ]);
  });
  it("puts new items first, as the server does", () => {
    assert.deepEqual(namesAfter(["a", "b"], { containers: [{ name: "c" }] }), ["c", "a", "b"]);
  });
  it("deletes an item", () => {
    assert.deepEqual(namesAfter(["a", "b"], { containers: [{ name: "a", $patch: "delete" }] }), ["b"]);
  });
  it("replaces a list", () => {
    assert.deepEqual(namesAfter(["a", "b"], { containers: [{ name: "c" }, { $patch: "replace" }] }), ["c"]);
  });
  it("replaces an object", () => {
    const patch = { metadata: { labels: { tier: "x", $patch: "replace" } } };
    const patched = applyStrategicPatch(deployment("a"), patch, Deployment.schema) as { metadata: JsonObject };
    assert.deepEqual(patched.metadata["labels"], { tier: "x" });
  });
  it("sets the order of elements", () => {
    const patch = {
      "$setElementOrder/containers": [{ name: "b" }, { name: "a" }],
      containers: [{ name: "b", tty: true }],
    };
    assert.deepEqual(namesAfter(["a", "b"], patch), ["b", "a"]);
    assert.deepEqual(namesAfter(["a", "server", "b"], patch), ["server", "b", "a"]);
  });
  it("merges lists of scalars as sets and deletes from them", () => {
    const merged = (patch: JsonObject) =>
      (applyStrategicPatch(deployment("a"), { metadata: patch }, Deployment.schema)["metadata"] as JsonObject)[
        "finalizers"
      ];
    assert.deepEqual(merged({ finalizers: ["c", "a"] }), ["c", "a", "b"]);
    assert.deepEqual(merged({ "$deleteFromPrimitiveList/finalizers": ["a"] }), ["b"]);
  });
  it("keeps only the keys retained", () => {
    const patch = { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } };
    const patched = applyStrategicPatch(deployment("a"), patch, Deployment.schema);
    assert.deepEqual((patched["spec"] as JsonObject)["strategy"], { type: "Recreate" });
  });
  it("replaces lists without a strategy", () => {
    assert.deepEqual(podSpecAfter(["a"], { tolerations: [{ key: "x" }] })["tolerations"], [{ key: "x" }]);
  });

  for (const [name, patch, code, message] of [
    [
      "an item without its key",
      specPatch({ containers: [{ image: "x" }] }),
      500,
      "map: map[image:x] does not contain declared merge key: name",
    ],
    ["an unknown directive", { spec: { $patch: "x" } }, 500, "unknown patch type: x in map: map[$patch:x]"],
    [
      "keys outside those retained",
      { spec: { strategy: { $retainKeys: ["a"], type: "x" } } },
      400,
      "invalid patch format of retainKeys",
    ],
    ["a list", [], 400, "json: cannot unmarshal array into Go value of type map[string]interface {}"],
  ] as const) {
    it(`refuses ${name}`, () => {
      const apply = () => applyStrategicPatch(deployment("a"), patch as unknown as Json, Deployment.schema);
      assert.throws(apply, { name: "PatchError", code, message });
    });
  }

  it("refuses to nest without end", () => {
    let patch: JsonObject = {};
    for (let i = 0; i < 1000; i++) patch = { labels: patch };
    assert.throws(() => applyStrategicPatch({}, patch, Deployment.schema), PatchError);
  });

  it("changes nothing when applied again", () => {
    const name = fc.constantFrom("a", "b", "c", "d", "e");
    const item = fc.oneof(
      fc.record({ name, image: fc.constantFrom("x:1", "x:2") }),
      fc.record({ name, $patch: fc.constant("delete") }),
    );
    const start = fc.uniqueArray(name, { maxLength: 5 });
    const items = fc.uniqueArray(item, { maxLength: 4, selector: (each) => each.name });
    fc.assert(
      fc.property(start, items, (names, changes) => {
        const patch = specPatch({ containers: changes as unknown as Json });
        const original = deployment(...names);
        const before = structuredClone(original);
        const once = applyStrategicPatch(original, patch, Deployment.schema);
        assert.deepEqual(original, before);
        if (names.length === 0) return;
        assert.deepEqual(applyStrategicPatch(once, patch, Deployment.schema), once);
      }),
    );
  });
});
