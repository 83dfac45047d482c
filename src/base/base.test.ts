import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMs } from "./backoff.ts";
import { sleep } from "./clock.ts";
import { Heap } from "./heap.ts";
import { randomSuffix, randomUuid, seededRandom } from "./random.ts";
import { nextTurn } from "./turn.ts";
import { VirtualClock } from "./virtual_clock.ts";

test("backoffMs() doubles up to its bound", () => {
  const backoff = { baseMs: 5, maxMs: 1_000_000 };
  assert.deepEqual(
    [0, 1, 2, 10, 60, 5_000].map((failures) => backoffMs(backoff, failures)),
    [5, 10, 20, 5_120, 1e6, 1e6],
  );
  assert.throws(() => backoffMs(backoff, -1), RangeError);
});

test("Heap gives its items in order, whatever the order they came in", () => {
  const random = seededRandom(7);
  const heap = new Heap<number>((a, b) => a - b);
  const items = Array.from({ length: 500 }, () => random.below(100));
  for (const item of items) heap.push(item);
  const out: number[] = [];
  for (let item = heap.pop(); item !== undefined; item = heap.pop()) out.push(item);
  assert.deepEqual(
    out,
    items.toSorted((a, b) => a - b),
  );
});

test("seededRandom() repeats itself for one seed and differs between seeds", () => {
  const draw = (seed: number) =>
    Array.from(
      { length: 8 },
      (
        (random) => () =>
          random.below(1_000)
      )(seededRandom(seed)),
    );
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
});

test("randomSuffix() and randomUuid() have the shapes Kubernetes gives them", () => {
  const random = seededRandom(3);
  assert.match(randomSuffix(random, 5), /^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  assert.match(randomUuid(random), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("VirtualClock fires timers by due time, then by the order they were set, and only when moved", async () => {
  const clock = new VirtualClock(0);
  const fired: string[] = [];
  clock.after(20, () => fired.push(`late@${clock.now()}`));
  clock.after(10, () => fired.push(`first@${clock.now()}`));
  clock.after(10, () => fired.push(`second@${clock.now()}`));
  clock.after(10, () => fired.push("cancelled")).cancel();
  await clock.settle();
  assert.deepEqual(fired, []);
  await clock.advance(15);
  assert.deepEqual(fired, ["first@10", "second@10"]);
  await clock.advance(5);
  assert.deepEqual(fired, ["first@10", "second@10", "late@20"]);
});

test("VirtualClock settles only when nobody waits for a turn any more, however many that takes", async () => {
  const clock = new VirtualClock(0);
  let turns = 0;
  const long = async () => {
    for (; turns < 200; turns++) await nextTurn();
  };
  const working = long();
  await clock.settle();
  assert.equal(turns, 200);
  await working;
});

test("VirtualClock tells how long nothing will happen, whatever was cancelled", () => {
  const clock = new VirtualClock(0);
  assert.equal(clock.nextDelayMs, undefined);
  clock.after(10, () => {}).cancel();
  clock.after(30, () => {});
  assert.equal(clock.nextDelayMs, 30);
});

test("sleep() ends early with the signal's reason", async () => {
  const clock = new VirtualClock(0);
  const abort = new AbortController();
  const slept = sleep(clock, 1_000, abort.signal);
  abort.abort(new Error("enough"));
  await assert.rejects(slept, /enough/);
});
