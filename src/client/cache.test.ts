import assert from "node:assert/strict";
import { test } from "node:test";
import { IndexedCache } from "./cache.ts";

interface Thing {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly colours: readonly string[];
}

const thing = (name: string, ...colours: string[]): Thing => ({ metadata: { name, namespace: "ns" }, colours });

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
  cache.remove("ns/a");
  assert.equal(cache.sibling(c), b);
  cache.remove("ns/b");
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
  assert.deepEqual(cache.remove("ns/b"), thing("b", "red"));
  assert.deepEqual([found("red"), cache.size], [[], 1]);
});
