import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkHistory } from "./history_checker.ts";
import type { Acknowledged, Listed, Watched } from "./history_checker.ts";
import { CompactedError, ConflictError, FutureRevisionError, StoreClosedError } from "./store.ts";
import type { Entry, Revision, Store, Watch } from "./store.ts";
import { bytes, Recorder, text } from "./store_fixture.ts";
import type { Fixture } from "./store_fixture.ts";
import { testAgainstModel } from "./store_model.test.ts";

async function fill(store: Store, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => store.put(key, bytes(key), "absent")));
}

const keysOf = (entries: readonly Entry[]): string[] => entries.map(({ key }) => key);

type Case = (fixture: Fixture) => Promise<void>;

const WRITES: Readonly<Record<string, Case>> = {
  "starts empty at revision 0": async ({ store }) => {
    assert.equal(store.revision, 0);
    assert.deepEqual(store.range(""), { entries: [], remaining: 0, revision: 0 });
    assert.equal(store.get("/a"), undefined);
    assert.equal(store.count(""), 0);
  },
  "numbers writes from 1 and keeps the revision of creation": async ({ store }) => {
    assert.equal((await store.put("/a", bytes("1"), "absent")).modRevision, 1);
    const second = await store.put("/a", bytes("2"), 1);
    assert.deepEqual([second.createRevision, second.modRevision], [1, 2]);
    const removed = await store.delete("/a", 2);
    assert.deepEqual([removed.revision, removed.entry, removed.previous], [3, undefined, second]);
    const again = await store.put("/a", bytes("3"), "absent");
    assert.deepEqual([again.createRevision, again.modRevision, store.revision], [4, 4, 4]);
  },
  "refuses a write whose precondition does not hold, and says what stands there": async ({ store }) => {
    await fill(store, ["/a", "/b"]);
    const refused = (write: Promise<unknown>, at: Revision | undefined) =>
      assert.rejects(write, (error) => error instanceof ConflictError && error.current?.modRevision === at);
    await refused(store.put("/a", bytes("x"), "absent"), 1);
    await refused(store.put("/a", bytes("x"), 2), 1);
    await refused(store.put("/c", bytes("x"), 1), undefined);
    await refused(store.delete("/a", 2), 1);
    await refused(store.delete("/c", 1), undefined);
    assert.equal(store.revision, 2);
  },
  "lets one of many writers of a key win, and tells the others when they can see it": async ({ store }) => {
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, async (_, i) => {
        try {
          return await store.put("/a", bytes(String(i)), "absent");
        } catch (error) {
          assert.ok(error instanceof ConflictError);
          assert.equal(store.get("/a"), error.current);
          throw error;
        }
      }),
    );
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", ...Array.from({ length: 19 }, () => "rejected")],
    );
  },
  "builds writes of one turn on one another": async ({ store }) => {
    const writes = [
      store.put("/a", bytes("1"), "absent"),
      store.put("/a", bytes("2"), 1),
      store.delete("/a", 2),
      store.put("/a", bytes("3"), "absent"),
    ];
    await Promise.all(writes);
    assert.equal(text(store.get("/a")), "3");
    assert.deepEqual(
      [1, 2, 3, 4].map((at) => text(store.get("/a", { at }))),
      ["1", "2", undefined, "3"],
    );
  },
  "shows a write to nobody before it is committed, to watches before it is acknowledged": async ({ store }) => {
    const recorder = new Recorder();
    store.watch("", { after: 0 }, recorder);
    const write = store.put("/a", bytes("1"), "absent").then(() => recorder.revisions);
    assert.deepEqual([store.get("/a"), store.revision, recorder.revisions], [undefined, 0, []]);
    assert.deepEqual(await write, [1]);
  },
  "keeps empty and large values as they are": async ({ store }) => {
    const large = new Uint8Array(3 * 1024 * 1024).map((_, i) => i % 251);
    // A view into a larger buffer, as values cut from a request are.
    const view = large.subarray(1_000, 1_010);
    await Promise.all([
      store.put("/empty", new Uint8Array(), "absent"),
      store.put("/large", large, "absent"),
      store.put("/view", view, "absent"),
    ]);
    assert.equal(store.get("/empty")?.value.length, 0);
    assert.deepEqual(store.get("/large")?.value, large);
    assert.deepEqual([...(store.get("/view")?.value ?? [])], [...view]);
  },
  "refuses a key that has no UTF-8 form": async ({ store }) => {
    await assert.rejects(store.put("/\ud800", bytes(""), "absent"), TypeError);
    assert.equal(store.revision, 0);
  },
};

const READS: Readonly<Record<string, Case>> = {
  "lists what is under a prefix in order of code units": async ({ store }) => {
    await fill(store, ["/b/z", "/b/a", "/b", "/b/é", "/b/B", "/b/\uffff", "/c/a", "/a/a", "/b/😀", "/b0"]);
    assert.deepEqual(keysOf(store.range("/b/").entries), ["/b/B", "/b/a", "/b/z", "/b/é", "/b/😀", "/b/\uffff"]);
    assert.equal(store.count("/b/"), 6);
    assert.equal(store.count("/b"), 8);
    assert.equal(store.count(""), 10);
    assert.deepEqual(keysOf(store.range("/d").entries), []);
  },
  "pages with the number remaining": async ({ store }) => {
    await fill(store, ["/a/1", "/a/2", "/a/3", "/a/4", "/b/1"]);
    const page = (after: string | undefined, limit: number) => {
      const { entries, remaining } = store.range("/a/", after === undefined ? { limit } : { after, limit });
      return [keysOf(entries).join(" "), remaining];
    };
    assert.deepEqual(page(undefined, 3), ["/a/1 /a/2 /a/3", 1]);
    assert.deepEqual(page("/a/3", 3), ["/a/4", 0]);
    assert.deepEqual(page("/a/2x", 1), ["/a/3", 1]);
    assert.deepEqual(page("/a/4", 3), ["", 0]);
    assert.deepEqual(page("", 4), ["/a/1 /a/2 /a/3 /a/4", 0]);
    assert.deepEqual(page("/zzz", 4), ["", 0]);
  },
  "pages at one revision while writes go on": async ({ store }) => {
    const keys = Array.from({ length: 1_500 }, (_, i) => `/a/${String(i).padStart(5, "0")}`);
    await fill(store, keys);
    const found: string[] = [];
    const at = store.revision;
    for (let remaining = Infinity; remaining > 0;) {
      const after = found.at(-1) ?? "";
      const page = store.range("/a/", { at, after, limit: 100 });
      found.push(...keysOf(page.entries));
      remaining = page.remaining;
      assert.equal(page.revision, at);
      assert.equal(found.length + remaining, keys.length);
      const next = store.get(keys[found.length] ?? "");
      await Promise.all([
        store.put(`/a/${found.length}x`, bytes("new"), "absent"),
        next === undefined ? undefined : store.delete(next.key, next.modRevision),
      ]);
    }
    assert.deepEqual(found, keys);
    assert.equal(store.range("/a/").entries.length, keys.length + 1);
  },
  "refuses revisions to come and revisions gone": async ({ store }) => {
    await fill(store, ["/a", "/b", "/c"]);
    assert.throws(() => store.get("/a", { at: 4 }), FutureRevisionError);
    assert.throws(() => store.range("/", { at: 4 }), FutureRevisionError);
    await store.compact(2);
    assert.throws(() => store.get("/a", { at: 1 }), CompactedError);
    assert.throws(() => store.range("/", { at: 1 }), CompactedError);
    assert.deepEqual(keysOf(store.range("/", { at: 2 }).entries), ["/a", "/b"]);
  },
};

const COMPACTION: Readonly<Record<string, Case>> = {
  "keeps every revision from the compacted one on": async (fixture) => {
    const { store } = fixture;
    for (let round = 0; round < 4; round++) {
      for (const key of ["/a", "/b"]) {
        const entry = await store.put(key, bytes(`${key}${round}`), store.get(key)?.modRevision ?? "absent");
        if (round % 2 === 1) await store.delete(key, entry.modRevision);
      }
    }
    const at = (): unknown[] =>
      Array.from({ length: store.revision - 4 }, (_, i) => store.range("", { at: i + 5 }).entries);
    const before = at();
    await store.compact(5);
    assert.equal(store.compactedRevision, 5);
    assert.deepEqual(at(), before);
    await fixture.check();
    await fixture.reopen();
    assert.equal(fixture.store.compactedRevision, 5);
    assert.deepEqual(
      Array.from({ length: fixture.store.revision - 4 }, (_, i) => fixture.store.range("", { at: i + 5 }).entries),
      before,
    );
  },
  "goes neither back nor above the revision": async ({ store }) => {
    await fill(store, ["/a", "/b"]);
    await store.compact(9);
    assert.equal(store.compactedRevision, 2);
    await store.compact(1);
    assert.equal(store.compactedRevision, 2);
    assert.equal((await store.put("/c", bytes(""), "absent")).modRevision, 3);
  },
  "goes on while it is asked for again and writes arrive": async ({ store }) => {
    await fill(
      store,
      Array.from({ length: 3_000 }, (_, i) => `/a/${i}`),
    );
    const first = store.compact(1_000);
    const write = store.put("/b", bytes(""), "absent");
    await Promise.all([store.compact(2_900), first, write]);
    assert.equal(store.compactedRevision, 2_900);
    assert.equal(store.range("/a/", { at: 2_900 }).entries.length, 2_900);
  },
  "closes the watches that still need what is gone, and no others": async ({ store }) => {
    await fill(store, ["/a", "/b", "/c"]);
    const [behind, within, live] = [new Recorder(), new Recorder(), new Recorder()];
    store.watch("", { after: 0 }, behind);
    store.watch("", { after: 2 }, within);
    store.watch("", { after: 3 }, live);
    await store.compact(2);
    await store.put("/d", bytes(""), "absent");
    await within.until(() => within.changesSeen.length === 2);
    assert.deepEqual([behind.revisions, behind.closedWith.length], [[], 1]);
    assert.ok(behind.closedWith[0] instanceof CompactedError);
    assert.deepEqual([within.revisions, within.closedWith], [[3, 4], []]);
    assert.deepEqual([live.revisions, live.closedWith], [[4], []]);
    assert.throws(() => store.watch("", { after: 1 }, new Recorder()), CompactedError);
  },
};

const WATCHES: Readonly<Record<string, Case>> = {
  "hands over each change under the prefix once, in order, with what stood before": async ({ store }) => {
    const recorder = new Recorder();
    const exact = new Recorder();
    store.watch("/a/", { after: 0 }, recorder);
    store.watch("/a/1", { after: 0 }, exact);
    await fill(store, ["/a/1", "/b/1", "/a/2"]);
    await Promise.all([store.delete("/a/1", 1), store.put("/a/2", bytes("x"), 3), store.delete("/b/1", 2)]);
    assert.deepEqual(recorder.revisions, [1, 3, 4, 5]);
    assert.deepEqual(exact.revisions, [1, 4]);
    const [, , removed, changed] = recorder.changesSeen;
    assert.deepEqual([text(removed?.previous), removed?.entry], ["/a/1", undefined]);
    assert.deepEqual([text(changed?.previous), text(changed?.entry)], ["/a/2", "x"]);
  },
  "resumes from any revision without a gap while writes go on": async ({ store }) => {
    const total = 2_600; // More than one step of catching up.
    const recorders: Recorder[] = [];
    const writing = (async () => {
      for (let i = 0; i < total; i += 13) {
        await fill(
          store,
          Array.from({ length: 13 }, (_, j) => `/a/${i + j}`),
        );
        if (i % 260 !== 0) continue;
        const recorder = new Recorder();
        recorders.push(recorder);
        store.watch("/a/", { after: Math.floor(i / 3) }, recorder);
      }
    })();
    await writing;
    for (const [at, recorder] of recorders.entries()) {
      const after = Math.floor((at * 260) / 3);
      await recorder.until(() => recorder.changesSeen.length >= total - after);
      assert.deepEqual(
        recorder.revisions,
        Array.from({ length: total - after }, (_, i) => after + 1 + i),
      );
    }
  },
  "waits for a revision to come": async ({ store }) => {
    const recorder = new Recorder();
    const watch = store.watch("", { after: 3 }, recorder);
    await fill(store, ["/a"]);
    assert.equal(watch.revision, 3);
    await fill(store, ["/b"]);
    await fill(store, ["/c", "/d"]);
    await fill(store, ["/e"]);
    assert.deepEqual(recorder.revisions, [4, 5]);
    assert.equal(watch.revision, 5);
  },
  "says how far it has come, also when nothing concerned it": async ({ store }) => {
    await fill(store, ["/b/1", "/b/2"]);
    const recorder = new Recorder();
    const behind = store.watch("/a/", { after: 0 }, recorder);
    assert.equal(behind.revision, 0);
    await fill(store, ["/b/3"]);
    await fill(store, ["/a/1"]);
    await recorder.until(() => recorder.changesSeen.length === 1);
    assert.equal(behind.revision, 4);
    await fill(store, ["/b/4"]);
    assert.deepEqual([behind.revision, recorder.revisions], [5, [4]]);
  },
  "hands over nothing after it was closed, not even by its own sink": async ({ store }) => {
    const recorder = new Recorder();
    const neighbour = new Recorder();
    const watch: Watch = store.watch(
      "",
      { after: 0 },
      {
        changes: (batch) => {
          recorder.changes(batch);
          watch.close();
        },
        closed: (reason) => recorder.closed(reason),
      },
    );
    store.watch("", { after: 0 }, neighbour);
    await fill(store, ["/a"]);
    await fill(store, ["/b"]);
    watch.close();
    assert.deepEqual([recorder.revisions, recorder.closedWith], [[1], []]);
    assert.deepEqual(neighbour.revisions, [1, 2]);
  },
  "lets a sink write and watch": async ({ store }) => {
    const inner = new Recorder();
    let written: Promise<unknown> = Promise.resolve();
    store.watch(
      "/a",
      { after: 0 },
      {
        changes: ([change]) => {
          store.watch("", { after: change?.revision ?? 0 }, inner);
          written = store.put("/b", bytes(""), "absent");
        },
        closed: () => {},
      },
    );
    await fill(store, ["/a"]);
    await written;
    assert.deepEqual(inner.revisions, [2]);
  },
};

const LIFE: Readonly<Record<string, Case>> = {
  "finds everything again after a restart": async (fixture) => {
    await fill(fixture.store, ["/a", "/b", "/c"]);
    await fixture.store.delete("/b", 2);
    const before = [0, 1, 2, 3, 4].map((at) => fixture.store.range("", { at }).entries);
    await fixture.reopen();
    const { store } = fixture;
    assert.equal(store.revision, 4);
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((at) => store.range("", { at }).entries),
      before,
    );
    const recorder = new Recorder();
    store.watch("", { after: 1 }, recorder);
    await fill(store, ["/b"]);
    await recorder.until(() => recorder.changesSeen.length === 4);
    assert.deepEqual(recorder.revisions, [2, 3, 4, 5]);
    assert.deepEqual(
      recorder.changesSeen.map(({ previous }) => text(previous)),
      [undefined, undefined, "/b", undefined],
    );
  },
  "never gives a revision twice, even when the last write is compacted away": async (fixture) => {
    await fill(fixture.store, ["/a"]);
    await fixture.store.delete("/a", 1);
    await fixture.store.compact(2);
    await fixture.reopen();
    assert.deepEqual([fixture.store.revision, fixture.store.compactedRevision], [2, 2]);
    assert.equal((await fixture.store.put("/a", bytes(""), "absent")).modRevision, 3);
  },
  "finishes the writes in hand when it closes, then refuses": async (fixture) => {
    const { store } = fixture;
    const recorder = new Recorder();
    store.watch("", { after: 0 }, recorder);
    const writes = [store.put("/a", bytes("1"), "absent"), store.put("/a", bytes("2"), 1)];
    const closing = store.close();
    await assert.rejects(store.put("/b", bytes(""), "absent"), StoreClosedError);
    await Promise.all([...writes, closing, store.close()]);
    assert.deepEqual([recorder.revisions, recorder.closedWith.length], [[1, 2], 1]);
    assert.ok(recorder.closedWith[0] instanceof StoreClosedError);
    await assert.rejects(store.delete("/a", 2), StoreClosedError);
    await assert.rejects(store.compact(1), StoreClosedError);
    assert.throws(() => store.get("/a"), StoreClosedError);
    assert.throws(() => store.range(""), StoreClosedError);
    assert.throws(() => store.watch("", { after: 2 }, new Recorder()), StoreClosedError);
    await fixture.reopen();
    assert.equal(text(fixture.store.get("/a")), "2");
  },
  "gives its clients a history that holds together": async ({ store }) => {
    const acknowledged: Acknowledged[] = [];
    const listed: Listed[] = [];
    const watches: { recorder: Recorder; watch: Watch; after: Revision; prefix: string }[] = [];
    const client = async (name: number): Promise<void> => {
      for (let i = 0; i < 40; i++) {
        const key = `/${i % 3}/${(name + i) % 4}`;
        const current = store.get(key);
        const expected = current?.modRevision ?? "absent";
        const value = (name + i) % 5 === 0 && current !== undefined ? undefined : bytes(`${name} ${i}`);
        try {
          if (value === undefined) {
            acknowledged.push({ ...(await store.delete(key, current?.modRevision ?? 0)), value, expected });
          } else {
            const { modRevision } = await store.put(key, value, expected);
            acknowledged.push({ revision: modRevision, key, value, expected });
          }
        } catch (error) {
          assert.ok(error instanceof ConflictError);
        }
        const prefix = `/${i % 4 === 3 ? "" : i % 4}`;
        listed.push({ prefix, at: store.revision, entries: store.range(prefix).entries });
        if (i % 10 !== 0) continue;
        const [recorder, after] = [new Recorder(), Math.floor(store.revision / 2)];
        watches.push({ recorder, watch: store.watch(prefix, { after }, recorder), after, prefix });
      }
    };
    await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(client));
    const all = new Recorder();
    store.watch("", { after: 0 }, all);
    await all.until(() => all.changesSeen.length === store.revision);
    const watched: Watched[] = watches.map(({ recorder, watch, after, prefix }) => {
      return { prefix, after, changes: recorder.changesSeen, revision: watch.revision };
    });
    assert.ok(watched.every(({ revision }) => revision === store.revision));
    assert.deepEqual(checkHistory({ acknowledged, log: all.changesSeen, watched, listed }), []);
  },
};

/** Runs the contract of `Store` over one implementation; after each case the store checks itself. */
export function testStore(name: string, start: () => Promise<Fixture>, { modelRuns }: { modelRuns: number }): void {
  for (const [group, cases] of Object.entries({ WRITES, READS, COMPACTION, WATCHES, LIFE })) {
    describe(`${name} ${group.toLowerCase()}`, () => {
      for (const [title, run] of Object.entries(cases)) {
        test(title, async () => {
          const fixture = await start();
          try {
            await run(fixture);
            await fixture.check();
          } finally {
            await fixture.dispose();
          }
        });
      }
    });
  }
  test(`${name} behaves like the model`, () => testAgainstModel(start, modelRuns));
}
