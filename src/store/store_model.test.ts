import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Entry } from "./entry.ts";
import { CompactedError, ConflictError } from "./store.ts";
import type { Revision, Watch } from "./store.ts";
import { bytes, plain, plainRange, Recorder } from "./store_fixture.ts";
import type { Fixture } from "./store_fixture.ts";

const KEYS = ["/a/1", "/a/2", "/a/10", "/b", "/b/1", "/"];
const PREFIXES = ["", "/a/", "/a/1", "/b", "/c"];

/** What a write believes: the truth, that nothing is there, or something that was never so. */
type Belief = "right" | "absent" | "wrong";

interface Write {
  readonly verb: "put" | "delete";
  readonly key: string;
  readonly belief: Belief;
}

type Step =
  | { readonly do: "write"; readonly writes: readonly Write[] }
  | {
      readonly do: "read";
      readonly prefix: string;
      readonly share: number;
      readonly limit: number;
      readonly after: string;
    }
  | { readonly do: "watch"; readonly prefix: string; readonly share: number }
  | { readonly do: "compact"; readonly share: number }
  | { readonly do: "reopen" };

const key = fc.constantFrom(...KEYS);
const prefix = fc.constantFrom(...PREFIXES);
/** A place in history, as a share of it: 0 is before the first revision, 1 the newest. */
const share = fc.double({ min: 0, max: 1, noNaN: true });
const write = fc.record<Write>({
  verb: fc.constantFrom("put", "put", "delete"),
  key,
  belief: fc.constantFrom<Belief>("right", "right", "right", "absent", "wrong"),
});
const STEPS: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant("write" as const), writes: fc.array(write, { maxLength: 6 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("read" as const),
        prefix,
        share,
        limit: fc.integer({ min: 1, max: 4 }),
        after: fc.constantFrom("", ...KEYS),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("watch" as const), prefix, share }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("compact" as const), share }) },
    { weight: 1, arbitrary: fc.constant({ do: "reopen" as const }) },
  ),
  { maxLength: 30 },
);

type Snapshot = ReadonlyMap<string, Entry>;

interface Watching {
  readonly prefix: string;
  readonly after: Revision;
  readonly recorder: Recorder;
  readonly watch: Watch;
}

/** The naive store: a whole copy of everything for each revision; and how the real one is compared with it. */
class Model {
  readonly fixture: Fixture;
  readonly snapshots: Snapshot[] = [new Map()];
  compacted: Revision = 0;
  watches: Watching[] = [];
  #written = 0;

  constructor(fixture: Fixture) {
    this.fixture = fixture;
  }

  get revision(): Revision {
    return this.snapshots.length - 1;
  }

  at(revision: Revision): Snapshot {
    return this.snapshots[revision] ?? new Map();
  }

  async write(writes: readonly Write[]): Promise<void> {
    const outcomes = writes.map((each) => this.#writeOne(each));
    for (const outcome of outcomes) await outcome;
  }

  /** Asks the store at once, so that writes of one step are queued together; the model decides at once too. */
  #writeOne({ verb, key: name, belief }: Write): Promise<unknown> {
    const { store } = this.fixture;
    const current = this.at(this.revision).get(name);
    const right = current?.modRevision ?? "absent";
    const believed = belief === "wrong" ? this.revision + 7 : belief === "right" ? right : "absent";
    const value = bytes(`value ${this.#written++}, long enough to be packed by another that says the same`);
    // A removal cannot believe that nothing is there.
    const expected = verb === "delete" && believed === "absent" ? 0 : believed;
    const asked =
      verb === "put"
        ? store.put(name, value, expected === 0 ? "absent" : expected)
        : store.delete(name, expected === "absent" ? 0 : expected);
    if (expected !== right) {
      return assert.rejects(asked, (error) => {
        assert.ok(error instanceof ConflictError);
        assert.deepEqual(plain(error.current), plain(current));
        return true;
      });
    }
    const next = new Map(this.at(this.revision));
    const revision = this.revision + 1;
    const createRevision = current?.createRevision ?? revision;
    if (verb === "delete") next.delete(name);
    else next.set(name, new Entry(name, value, createRevision, revision));
    this.snapshots.push(next);
    return asked.then(() => assert.deepEqual(plain(store.get(name, { at: revision })), plain(next.get(name))));
  }

  read(under: string, at: Revision, limit: number, after: string): void {
    const { store } = this.fixture;
    if (at < this.compacted) {
      assert.throws(() => store.range(under, { at, limit, after }), CompactedError);
      return;
    }
    const all = [...this.at(at).values()].filter((entry) => entry.key.startsWith(under) && entry.key > after);
    all.sort((a, b) => (a.key < b.key ? -1 : 1));
    const due = { entries: all.slice(0, limit), remaining: Math.max(0, all.length - limit), revision: at };
    assert.deepEqual(plainRange(store.range(under, { at, limit, after })), plainRange(due));
    if (at === this.revision) assert.deepEqual(plainRange(store.range(under, { limit, after })), plainRange(due));
    for (const name of KEYS) assert.deepEqual(plain(store.get(name, { at })), plain(this.at(at).get(name)));
    const standing = [...this.at(this.revision).keys()].filter((name) => name.startsWith(under));
    assert.equal(store.count(under), standing.length);
  }

  watch(under: string, after: Revision): void {
    const { store } = this.fixture;
    const recorder = new Recorder();
    if (after < this.compacted) {
      assert.throws(() => store.watch(under, { after }, recorder), CompactedError);
      return;
    }
    this.watches.push({ prefix: under, after, recorder, watch: store.watch(under, { after }, recorder) });
  }

  async compact(before: Revision): Promise<void> {
    await this.fixture.store.compact(before);
    this.compacted = Math.max(this.compacted, before);
    assert.equal(this.fixture.store.compactedRevision, this.compacted);
  }

  /** Waits until every watch has all that is due to it, and says that it was so. */
  async settleWatches(): Promise<void> {
    for (const { prefix: under, after, recorder, watch } of this.watches) {
      const due: Revision[] = [];
      for (let revision = after + 1; revision <= this.revision; revision++) {
        const changed = KEYS.find((name) => this.at(revision).get(name) !== this.at(revision - 1).get(name));
        if (changed?.startsWith(under)) due.push(revision);
      }
      const lagged = recorder.closedWith[0] instanceof CompactedError;
      if (!lagged) await recorder.until(() => recorder.changesSeen.length >= due.length);
      assert.deepEqual(recorder.revisions, due.slice(0, lagged ? recorder.revisions.length : due.length));
      if (lagged) assert.ok(watch.revision < this.compacted);
      for (const { revision, key: name, entry, previous } of recorder.changesSeen) {
        assert.deepEqual(plain(entry), plain(this.at(revision).get(name)));
        assert.deepEqual(plain(previous), plain(this.at(revision - 1).get(name)));
      }
    }
  }

  async reopen(): Promise<void> {
    await this.settleWatches();
    await this.fixture.reopen();
    this.watches = [];
    assert.equal(this.fixture.store.revision, this.revision);
    assert.equal(this.fixture.store.compactedRevision, this.compacted);
  }
}

async function take(model: Model, step: Step): Promise<void> {
  const revisionAt = (part: number): Revision => Math.round(part * model.revision);
  switch (step.do) {
    case "write":
      await model.write(step.writes);
      break;
    case "read":
      model.read(step.prefix, revisionAt(step.share), step.limit, step.after);
      break;
    case "watch":
      model.watch(step.prefix, revisionAt(step.share));
      break;
    case "compact":
      await model.compact(revisionAt(step.share));
      break;
    case "reopen":
      await model.reopen();
      break;
  }
  assert.equal(model.fixture.store.revision, model.revision);
}

/** Any sequence of steps leaves a store as it leaves the naive one. */
export async function testAgainstModel(start: () => Promise<Fixture>, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(STEPS, async (steps) => {
      const model = new Model(await start());
      try {
        for (const step of steps) await take(model, step);
        await model.settleWatches();
        await model.fixture.check();
      } finally {
        await model.fixture.dispose();
      }
    }),
    { numRuns: runs },
  );
}
