import assert from "node:assert/strict";
import { test } from "node:test";
import { Entry } from "./entry.ts";
import { checkHistory } from "./history_checker.ts";
import type { Acknowledged, History, Listed } from "./history_checker.ts";
import { MemoryDisk, MemoryStore } from "./memory_store.ts";
import type { Change, Revision } from "./store.ts";
import { bytes, Recorder } from "./store_fixture.ts";

/** What three keys' worth of life looks like to the clients of a store, which a bug may bend. */
async function live(disk: MemoryDisk): Promise<History> {
  const store = new MemoryStore(disk);
  const seen = new Recorder();
  const watch = store.watch("/a/", { after: 2 }, seen);
  const acknowledged: Acknowledged[] = [];
  const listed: Listed[] = [];
  for (let i = 0; i < 12; i++) {
    const key = `/${i % 4 === 3 ? "b" : "a"}/${i % 3}`;
    const expected = store.get(key)?.modRevision ?? "absent";
    if (i % 5 === 4 && expected !== "absent") {
      const { revision } = await store.delete(key, expected);
      acknowledged.push({ revision, key, value: undefined, expected });
    } else {
      const { modRevision, value } = await store.put(key, bytes(`${i}`), expected);
      acknowledged.push({ revision: modRevision, key, value, expected });
    }
    listed.push({ prefix: "/a/", at: store.revision, entries: store.range("/a/").entries });
  }
  const log = disk.load().changesAfter(0, Infinity);
  const watched = [{ prefix: "/a/", after: 2, changes: seen.changesSeen, revision: watch.revision }];
  return { acknowledged, log, watched, listed };
}

const without = <T>(items: readonly T[], at: number): T[] => items.filter((_, i) => i !== at);
const swapped = <T>(items: readonly T[], at: number): T[] => {
  const copy = [...items];
  copy.splice(at, 2, ...items.slice(at, at + 2).toReversed());
  return copy;
};
const numbered = (log: readonly Change[]): Change[] => log.map((change, at) => ({ ...change, revision: at + 1 }));

const first = <T>(items: readonly T[]): T => {
  const [item] = items;
  assert.ok(item !== undefined);
  return item;
};

const withWatch = (history: History, changes: readonly Change[], revision?: Revision): History => {
  const watched = first(history.watched);
  return { ...history, watched: [{ ...watched, changes, revision: revision ?? watched.revision }] };
};
const changesOf = (history: History): readonly Change[] => first(history.watched).changes;
const withEntry = (change: Change, bent: Partial<Entry>): Change => {
  assert.ok(change.entry !== undefined);
  const { key, value, createRevision, modRevision } = change.entry;
  const told = { key, value, createRevision, modRevision, ...bent };
  return { ...change, entry: new Entry(told.key, told.value, told.createRevision, told.modRevision) };
};

const BUGS: readonly { name: string; bend(history: History): History; fault: RegExp }[] = [
  {
    name: "an acknowledged write lost in a crash",
    bend: (h) => ({ ...h, log: h.log.slice(0, -1), watched: [], listed: [] }),
    fault: /acknowledged write 12 .* was lost/,
  },
  {
    name: "a write lost in the middle, the rest renumbered",
    bend: (h) => ({ ...h, log: numbered(without(h.log, 5)) }),
    fault: /was lost/,
  },
  { name: "a revision left out", bend: (h) => ({ ...h, log: without(h.log, 5) }), fault: /revision 6 is missing/ },
  {
    name: "a revision given twice",
    bend: (h) => ({ ...h, acknowledged: [...h.acknowledged, first(h.acknowledged)] }),
    fault: /acknowledged twice/,
  },
  {
    name: "another value stored than was written",
    bend: (h) => ({ ...h, log: h.log.map((c) => (c.revision === 3 ? withEntry(c, { value: bytes("?") }) : c)) }),
    fault: /write 3 .* was lost/,
  },
  {
    name: "a precondition not looked at",
    bend: (h) => ({ ...h, acknowledged: h.acknowledged.map((a) => (a.revision === 4 ? { ...a, expected: 99 } : a)) }),
    fault: /write 4 .* accepted at 99/,
  },
  {
    name: "the creation forgotten",
    bend: (h) => ({ ...h, log: h.log.map((c) => (c.revision === 7 ? withEntry(c, { createRevision: 7 }) : c)) }),
    fault: /change 7 .* created at 7/,
  },
  {
    name: "the entry before forgotten",
    bend: (h) => ({ ...h, log: h.log.map((c) => (c.previous === undefined ? c : { ...c, previous: undefined })) }),
    fault: /does not follow what stood before/,
  },
  { name: "a watch that drops a change", bend: (h) => withWatch(h, without(changesOf(h), 2)), fault: /was due/ },
  {
    name: "a watch that drops the last change and says it is there",
    bend: (h) => withWatch(h, changesOf(h).slice(0, -1)),
    fault: /says it is at 12, but was not handed/,
  },
  {
    name: "a watch that hands a change over twice",
    bend: (h) => withWatch(h, [...changesOf(h).slice(0, 2), ...changesOf(h).slice(1)]),
    fault: /was due/,
  },
  { name: "a watch out of order", bend: (h) => withWatch(h, swapped(changesOf(h), 1)), fault: /was due/ },
  {
    name: "a watch that starts too early",
    bend: (h) =>
      withWatch(
        h,
        h.log.filter((c) => c.key.startsWith("/a/")),
      ),
    fault: /was handed 1 where/,
  },
  { name: "a watch of another prefix", bend: (h) => withWatch(h, h.log.slice(2)), fault: /was due/ },
  {
    name: "a watch that hands over an entry of another time",
    bend: (h) =>
      withWatch(
        h,
        changesOf(h).map((c) => (c.entry === undefined ? c : withEntry(c, { modRevision: 1 }))),
      ),
    fault: /another entry/,
  },
  {
    name: "a list that sees a later write",
    bend: (h) => ({ ...h, listed: h.listed.map((l) => ({ ...l, at: l.at - 1 })) }),
    fault: /the list of \/a\/ at \d+ was not/,
  },
  {
    name: "a list that leaves a key out",
    bend: (h) => ({ ...h, listed: h.listed.map((l) => ({ ...l, entries: l.entries.slice(1) })) }),
    fault: /the list of/,
  },
];

test("checkHistory() finds nothing in what a store does", async () => {
  const history = await live(new MemoryDisk());
  assert.equal(history.log.length, 12);
  assert.ok(changesOf(history).length >= 6);
  assert.deepEqual(checkHistory(history), []);
});

for (const { name, bend, fault } of BUGS) {
  test(`checkHistory() finds ${name}`, async () => {
    const faults = checkHistory(bend(await live(new MemoryDisk())));
    assert.ok(
      faults.some((each) => fault.test(each)),
      `found only: ${faults.join("; ")}`,
    );
  });
}

test("checkHistory() finds a disk that drops the end of each commit", async () => {
  class ForgetfulDisk extends MemoryDisk {
    override commit(changes: readonly Change[]): Promise<void> {
      return super.commit(changes.at(-1)?.revision === 12 ? changes.slice(0, -1) : changes);
    }
  }
  const faults = checkHistory(await live(new ForgetfulDisk()));
  assert.ok(faults.some((each) => /write 12 .* was lost/.test(each)));
});
