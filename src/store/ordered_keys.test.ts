import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "#base/random.ts";
import { OrderedKeys } from "./ordered_keys.ts";

interface Member {
  readonly key: string;
  live: boolean;
}

const PREFIXES = ["", "/", "/3", "/3/", "/3/1", "/0/2", "/2/25", "/5/33", "/7/1", "/8/30", "/9/99", "/:", "0"];

/** Holds every question the set answers against a plain sorted array. */
function compare(set: OrderedKeys<Member>, members: readonly Member[], afters: readonly (string | undefined)[]): void {
  set.check();
  const sorted = [...members].sort((a, b) => (a.key < b.key ? -1 : 1));
  for (const prefix of PREFIXES) {
    for (const after of afters) {
      const due = sorted.filter(({ key }) => key.startsWith(prefix) && (after === undefined || key > after));
      const found: Member[] = [];
      set.visit(prefix, after, (member) => found.push(member) > 0);
      assert.deepEqual(found, due);
      assert.equal(set.countLive(prefix, after), due.filter(({ live }) => live).length, `${prefix} after ${after}`);
    }
  }
}

test("OrderedKeys answers like a sorted array while members come, turn and go", () => {
  const random = seededRandom(5);
  const set = new OrderedKeys<Member>();
  const members = new Map<string, Member>();
  const anyKey = () => `/${random.below(10)}/${random.below(400)}`;
  for (let step = 1; step <= 12_000; step++) {
    const key = anyKey();
    const member = members.get(key);
    if (member === undefined) {
      const added = { key, live: random.below(3) > 0 };
      members.set(key, added);
      set.insert(added);
    } else if (random.below(3) > 0) {
      member.live = !member.live;
      set.liveChanged(member);
    } else if (random.below(2) > 0 || step > 9_000) {
      members.delete(key);
      set.remove(member);
    }
    if (step % 1_500 === 0) compare(set, [...members.values()], [undefined, "", "/3/2", anyKey(), anyKey(), "/z"]);
  }
  for (const member of members.values()) set.remove(member);
  compare(set, [], [undefined]);
});

test("OrderedKeys made of sorted members is as if they had been inserted", () => {
  const members = Array.from({ length: 2_000 }, (_, i) => ({ key: `/3/${10_000 + i}`, live: i % 2 === 0 }));
  const set = new OrderedKeys(members);
  compare(set, members, [undefined, "/3/10700"]);
  const grown = [...members, ...Array.from({ length: 2_000 }, (_, i) => ({ key: `/9/${10_000 + i}`, live: true }))];
  for (const member of grown.slice(members.length)) set.insert(member);
  compare(set, grown, [undefined, "/3/10700", "/9/10001"]);
});

test("OrderedKeys stops visiting when told", () => {
  const set = new OrderedKeys(["a", "b", "c"].map((key) => ({ key, live: true })));
  const found: string[] = [];
  set.visit("", undefined, ({ key }) => found.push(key) < 2);
  assert.deepEqual(found, ["a", "b"]);
});
