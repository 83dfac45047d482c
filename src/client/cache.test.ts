import assert from "node:assert/strict";
import { test } from "node:test";
import { IndexedCache } from "./cache.ts";

interface Thing {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly colours: readonly string[];
}

const thing = (name: string, ...colours: string[]): Thing => ({ metadata: { name, namespace: "ns" }, colours });

test("objects of one name in several namespaces, and in none, are kept apart", () => {
  const cache = new IndexedCache<{ readonly metadata: { readonly name: string; readonly namespace?: string } }>();
  const refs = [
    { name: "a", namespace: "x" },
    { name: "a" },
    { name: "a", namespace: "y" },
    { name: "b", namespace: "x" },
  ];
  for (const metadata of refs) assert.equal(cache.set({ metadata }), undefined);
  assert.equal(cache.size, 4);
  for (const metadata of refs) assert.deepEqual(cache.get(metadata), { metadata });
  assert.deepEqual([...cache.keys()].sort(), ["a", "x/a", "x/b", "y/a"]);
  assert.deepEqual(cache.list("x"), [{ metadata: refs[0] }, { metadata: refs[3] }]);
  assert.deepEqual(cache.remove({ name: "a" }), { metadata: { name: "a" } });
  assert.equal(cache.remove({ name: "a" }), undefined);
  assert.deepEqual([cache.size, cache.list().length, cache.list("").length], [3, 3, 0]);
});

test("the sibling of an object is what was put last of those like it, and is still there", () => {
  const cache = new IndexedCache<Thing>();
  const [a, b, c] = [thing("a"), thing("b"), thing("c")];
  assert.equal(cache.sibling(c), undefined);
  cache.set(a);
  cache.set(b);
  assert.equal(cache.sibling(c), b);
  const again = thing("a", "red");
  cache.set(again);
  assert.equal(cache.sibling(c), again);
  cache.remove({ namespace: "ns", name: "a" });
  assert.equal(cache.sibling(c), b);
  cache.remove({ namespace: "ns", name: "b" });
  assert.equal(cache.sibling(c), undefined);
});

test("an object that changes is found where it is now, and nowhere else", () => {
  const cache = new IndexedCache<Thing>();
  cache.addIndex("colour", ({ colours }) => colours);
  const found = (colour: string) =>
    cache.byIndex("colour", colour).map(({ metadata, colours }) => `${metadata.name}:${colours}`);
  assert.equal(cache.set(thing("a", "red", "blue")), undefined);
  cache.set(thing("b", "red"));
  assert.deepEqual(cache.set(thing("a", "blue", "green")), thing("a", "red", "blue"));
  assert.deepEqual([found("red"), found("blue"), found("green")], [["b:red"], ["a:blue,green"], ["a:blue,green"]]);
  cache.set(thing("a"));
  assert.deepEqual([found("blue"), found("green")], [[], []]);
  assert.deepEqual(cache.list("ns"), [thing("a"), thing("b", "red")], "an update keeps its place");
  assert.deepEqual(cache.remove({ namespace: "ns", name: "b" }), thing("b", "red"));
  assert.deepEqual([found("red"), cache.size], [[], 1]);
});
