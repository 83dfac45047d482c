import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "#base/clock.ts";
import { VirtualClock } from "#base/virtual_clock.ts";
import { Bookmarks } from "./bookmarks.ts";
import { LIMITS } from "./limits.ts";

const { bookmarkIntervalMs, ownBookmarkIntervalMs } = LIMITS;
const ELSEWHERE = { isOurs: false };
const OURS = { isOurs: true };

/** A virtual clock, and how many timers were asked of it. */
function counted() {
  const clock = new VirtualClock();
  const timers = { set: 0 };
  const counting: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (delayMs, run) => {
      timers.set++;
      return clock.after(delayMs, run);
    },
  };
  return { clock, timers, bookmarks: new Bookmarks(counting) };
}

test("every watch elsewhere is called once a minute, a tenth of a second early at most", async () => {
  const { clock, bookmarks } = counted();
  const calls = new Map<number, number[]>();
  for (const startMs of [0, 30, 99, 100, 30_001, 59_999]) {
    await clock.advance(startMs - clock.monotonic());
    bookmarks.add(() => calls.set(startMs, [...(calls.get(startMs) ?? []), clock.monotonic()]), ELSEWHERE);
  }
  await clock.advance(10 * bookmarkIntervalMs - clock.monotonic() + 59_999);
  for (const [startMs, times] of calls) {
    assert.equal(times.length, 10);
    const firstMs = times[0] ?? 0;
    assert.ok(firstMs > startMs + bookmarkIntervalMs - 100 && firstMs <= startMs + bookmarkIntervalMs);
    assert.deepEqual(
      times,
      times.map((_, at) => firstMs + at * bookmarkIntervalMs),
    );
  }
  assert.equal(calls.size, 6);
});

test("a thousand watches of this process take one timer per interval", async () => {
  const { clock, timers, bookmarks } = counted();
  let calls = 0;
  for (let n = 0; n < 1_000; n++) {
    await clock.advance(1);
    bookmarks.add(() => calls++, OURS);
  }
  await clock.advance(10 * ownBookmarkIntervalMs);
  assert.equal(calls, 10_000);
  assert.equal(timers.set, 11);
});

test("nobody is called who has left, not even by one called before, and the last to leave takes the timer along", async () => {
  const { clock, bookmarks } = counted();
  const calls: string[] = [];
  const leave = bookmarks.add(() => {
    calls.push("a");
    leave();
    leaveB();
  }, OURS);
  const leaveB = bookmarks.add(() => calls.push("b"), OURS);
  const leaveC = bookmarks.add(() => calls.push("c"), OURS);
  await clock.advance(2 * ownBookmarkIntervalMs);
  assert.deepEqual(calls, ["a", "c", "c"]);
  leaveC();
  leaveC();
  assert.equal(clock.nextDelayMs, undefined);
});

test("a timer that fires a little early calls nobody twice", () => {
  let nowMs = 0;
  let due: { readonly atMs: number; readonly run: () => void } | undefined;
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    after: (delayMs, run) => {
      due = { atMs: nowMs + delayMs, run };
      return { cancel: () => {} };
    },
  };
  let calls = 0;
  new Bookmarks(clock).add(() => calls++, ELSEWHERE);
  for (let round = 1; round <= 3; round++) {
    nowMs = (due?.atMs ?? 0) - 0.4;
    due?.run();
    assert.equal(calls, round);
    assert.equal(due?.atMs, (round + 1) * bookmarkIntervalMs);
  }
});
