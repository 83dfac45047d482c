import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom, type Random } from "#base/random.ts";
import { Entry } from "./entry.ts";
import { checkHistory } from "./history_checker.ts";
import type { Acknowledged, Followed, FollowedEvent, History, Life, Listed } from "./history_checker.ts";
import { MemoryDisk, MemoryStore } from "./memory_store.ts";
import type { Change, Revision, Store } from "./store.ts";
import { bytes, text } from "./store_fixture.ts";

/** Bugs a server could have, each in one of the places where it could be. */
interface Bug {
  readonly name: string;
  readonly fault: RegExp;
  disk?(): MemoryDisk;
  /** What a list reads. */
  list?(store: Store, prefix: string): readonly Entry[];
  /** What becomes of the batches on their way to a watch that is to begin after `after`. */
  batch?(changes: readonly Change[], after: Revision): readonly Change[];
  /** The event of a change for a watch that selects some entries. */
  event?(change: Change, selects: Followed["selects"]): FollowedEvent["type"] | undefined;
  bookmark?(revision: Revision): Revision;
}

const KEYS = ["/a/1", "/a/2", "/a/3", "/b/1"];
const LIVES = 12;
const WRITES = 20;
const isOdd = (entry: Entry) => Number(text(entry)) % 2 === 1;

/** A disk that keeps what it says, but loses the last commit when the power goes. */
class EagerDisk extends MemoryDisk {
  #late: readonly Change[] = [];
  override async commit(changes: readonly Change[]): Promise<void> {
    if (this.#late.length > 0) await super.commit(this.#late);
    this.#late = changes;
  }
  override load() {
    this.#late = [];
    return super.load();
  }
}

/** A disk that forgets the last change when it is read, so that its revision is given again. */
class ShortDisk extends MemoryDisk {
  #last: Change | undefined;
  override async commit(changes: readonly Change[]): Promise<void> {
    if (this.#last !== undefined) await super.commit([this.#last]);
    await super.commit(changes.slice(0, -1));
    this.#last = changes.at(-1);
  }
  override load() {
    this.#last = undefined;
    return super.load();
  }
}

/** A disk on which what was deleted stands again, as it was, after a restart. */
class UndeletingDisk extends MemoryDisk {
  override commit(changes: readonly Change[]): Promise<void> {
    return super.commit(changes.map((change) => (change.entry ? change : revived(change))));
  }
}
function revived({ revision, key, previous }: Change): Change {
  assert.ok(previous !== undefined);
  return { revision, key, previous, entry: new Entry(key, previous.value, previous.createRevision, revision) };
}

function eventOf({ entry, previous }: Change, selects: Followed["selects"]): FollowedEvent["type"] | undefined {
  const now = entry !== undefined && selects(entry);
  const before = previous !== undefined && selects(previous);
  if (now) return before ? "MODIFIED" : "ADDED";
  return before ? "DELETED" : undefined;
}

const BUGS: readonly Bug[] = [
  {
    name: "acknowledges before the commit",
    fault: /acknowledged write \d+ .* was lost|began at/,
    disk: () => new EagerDisk(),
  },
  {
    name: "gives a revision again after a restart",
    fault: /acknowledged twice|was lost|began at/,
    disk: () => new ShortDisk(),
  },
  { name: "loses deletes", fault: /was lost|does not follow/, disk: () => new UndeletingDisk() },
  {
    name: "skips an event",
    fault: /was due/,
    batch: (changes) => changes.filter(({ revision }) => revision % 17 !== 0),
  },
  {
    name: "sends an event twice",
    fault: /was due/,
    batch: (changes) => changes.flatMap((change) => (change.revision % 17 === 0 ? [change, change] : [change])),
  },
  { name: "sends events out of order", fault: /was due/, batch: (changes) => changes.toReversed() },
  {
    name: "is off by one after a compaction",
    fault: /was due|was never sent/,
    batch: (changes, after) => changes.filter(({ revision }) => revision !== after + 1),
  },
  { name: "lets bookmarks run ahead", fault: /was told it is at/, bookmark: (revision) => revision + 3 },
  {
    name: "lists what stood before",
    fault: /the list of/,
    list: (store, prefix) => store.range(prefix, { at: Math.max(store.compactedRevision, store.revision - 1) }).entries,
  },
  {
    name: "takes what stands for what stood when an entry leaves a filter",
    fault: /was due|was never sent/,
    event: (change, selects) =>
      eventOf(
        { ...change, previous: change.entry && !selects(change.entry) ? change.entry : change.previous },
        selects,
      ),
  },
  {
    name: "shows an entry that leaves a filter as it is now",
    fault: /was sent MODIFIED/,
    event: (change, selects) => {
      const type = eventOf(change, selects);
      return type === "DELETED" && change.entry !== undefined ? "MODIFIED" : type;
    },
  },
];

/** One watch through a filter, taken up again in each life where it left off. */
class Follower {
  readonly events: FollowedEvent[] = [];
  at: Revision = 0;
  readonly #bug: Bug;

  constructor(bug: Bug) {
    this.#bug = bug;
  }

  follow(store: Store): () => void {
    const after = this.at;
    const { batch = (changes) => changes, event = eventOf, bookmark = (revision) => revision } = this.#bug;
    const watch = store.watch(
      "/a/",
      { after },
      {
        changes: (changes) => {
          for (const change of batch(changes, after)) {
            this.at = Math.max(this.at, change.revision);
            const type = event(change, isOdd);
            const { value } = (type === "DELETED" ? change.previous : change.entry) ?? {};
            if (type !== undefined) this.events.push({ type, revision: change.revision, key: change.key, value });
          }
          const last = changes.at(-1)?.revision ?? 0;
          if (last % 5 === 0) this.events.push({ type: "BOOKMARK", revision: bookmark(last) });
        },
        closed: () => {},
      },
    );
    return () => watch.close();
  }
}

interface Seen {
  readonly acknowledged: Acknowledged[];
  readonly listed: Listed[];
  readonly lives: Life[];
}

/** Some writes at once, again and again, with lists between them, until the power goes. */
async function live(store: MemoryStore, random: Random, bug: Bug, seen: Seen): Promise<void> {
  const opened = store.revision;
  const list = bug.list ?? ((from: Store, prefix: string) => from.range(prefix).entries);
  for (let n = 0; n < WRITES; n++) {
    const keys = KEYS.filter(() => random.below(2) === 0);
    const writes = keys.map(async (key) => {
      const expected = store.get(key)?.modRevision ?? "absent";
      if (expected !== "absent" && random.below(4) === 0) {
        const { revision } = await store.delete(key, expected);
        seen.acknowledged.push({ revision, key, value: undefined, expected });
        return;
      }
      const { modRevision, value } = await store.put(key, bytes(String(random.below(100))), expected);
      seen.acknowledged.push({ revision: modRevision, key, value, expected });
    });
    await Promise.all(writes);
    seen.listed.push({ prefix: "/a/", at: store.revision, entries: list(store, "/a/") });
  }
  seen.lives.push({ opened, highest: store.revision });
}

async function history(bug: Bug, seed: number): Promise<History> {
  const random = seededRandom(seed);
  const disk = bug.disk?.() ?? new MemoryDisk();
  const log: Change[] = [];
  const seen: Seen = { acknowledged: [], listed: [], lives: [] };
  const follower = new Follower(bug);
  for (let each = 0; each < LIVES; each++) {
    const store = new MemoryStore(disk);
    const stop = follower.follow(store);
    await live(store, random, bug, seen);
    await new Promise((resolve) => setImmediate(resolve));
    stop();
    log.push(...disk.load().changesAfter(log.at(-1)?.revision ?? 0, Infinity));
    // Never beyond what the follower has seen: it must find its place again.
    if (each % 3 === 1) await store.compact(Math.min(follower.at, log.at(-1)?.revision ?? 0));
  }
  const until = log.at(-1)?.revision ?? 0;
  return {
    ...seen,
    log,
    watched: [],
    followed: [{ prefix: "/a/", after: 0, selects: isOdd, events: follower.events, until }],
  };
}

const NONE: Bug = { name: "nothing", fault: /^/ };

for (const seed of [1, 2, 3]) {
  test(`checkHistory() finds nothing in ${LIVES} lives of a store without bugs, seed ${seed}`, async () => {
    const seenHistory = await history(NONE, seed);
    assert.ok(seenHistory.log.length > LIVES * WRITES);
    assert.deepEqual(checkHistory(seenHistory), []);
  });
}

for (const bug of BUGS) {
  test(`checkHistory() fails on a server that ${bug.name}`, async () => {
    const faults = await history(bug, 1).then(checkHistory, (error: unknown) => [String(error)]);
    assert.ok(
      faults.some((each) => bug.fault.test(each)),
      `found only: ${faults.slice(0, 5).join("; ")}`,
    );
  });
}

for (const hook of ["beforeCommit", "afterCommit"] as const) {
  test(`a disk that fails ${hook === "beforeCommit" ? "to write" : "to sync"} commit n is never believed`, async () => {
    for (let n = 0; n < 12; n++) {
      let commits = 0;
      const disk = new MemoryDisk({
        [hook]() {
          if (commits++ >= n) throw new Error("EIO");
        },
      });
      const store = new MemoryStore(disk);
      const acknowledged: Entry[] = [];
      let refused = 0;
      for (let write = 0; write < 20; write++) {
        const puts = ["x", "y"].map((key) => store.put(`/${key}/${write}`, bytes("v"), "absent"));
        for (const outcome of await Promise.allSettled(puts)) {
          if (outcome.status === "fulfilled") acknowledged.push(outcome.value);
          else refused++;
        }
      }
      assert.deepEqual([acknowledged.length, refused], [n * 2, 40 - n * 2], "after a failure nothing is acknowledged");
      disk.hooks = {};
      const again = store.reopen();
      for (const entry of acknowledged) assert.equal(again.get(entry.key)?.modRevision, entry.modRevision);
      // What was not acknowledged may be there all the same when the failure was in the sync.
      assert.ok(again.revision >= n * 2 && again.revision <= n * 2 + (hook === "afterCommit" ? 2 : 0));
    }
  });
}
