import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "#base/virtual_clock.ts";
import { WorkQueue } from "./work_queue.ts";

test("WorkQueue hands out a key once however often it was added", async () => {
  const queue = new WorkQueue(new VirtualClock());
  for (const key of ["a", "b", "a"]) queue.add(key);
  assert.equal(queue.size, 2);
  assert.equal(await queue.take(), "a");
  assert.equal(await queue.take(), "b");
});

test("WorkQueue never gives a key to two takers, and brings it back when it was added meanwhile", async () => {
  const queue = new WorkQueue(new VirtualClock());
  queue.add("a");
  await queue.take();
  queue.add("a");
  assert.equal(queue.size, 0);
  queue.done("a");
  assert.equal(await queue.take(), "a");
  queue.done("a");
  assert.equal(queue.size, 0);
});

test("WorkQueue gives a new key to whoever waits longest", async () => {
  const queue = new WorkQueue(new VirtualClock());
  const takers = [queue.take(), queue.take()];
  queue.add("a");
  queue.add("b");
  assert.deepEqual(await Promise.all(takers), ["a", "b"]);
});

test("WorkQueue adds after a delay, the earliest of several", async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue(clock);
  queue.addAfter("a", 500);
  queue.addAfter("a", 100);
  queue.addAfter("a", 900);
  await clock.advance(99);
  assert.equal(queue.size, 0);
  await clock.advance(1);
  assert.equal(queue.size, 1);
  await queue.take();
  queue.done("a");
  await clock.advance(1_000);
  assert.equal(queue.size, 0);
});

test("WorkQueue waits 5 ms after the first failure, doubled after each further one, until it is forgotten", async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue(clock);
  const waits: number[] = [];
  for (let failure = 0; failure < 20; failure++) {
    const before = clock.monotonic();
    queue.addRateLimited("a");
    while (queue.size === 0) await clock.advance(failure < 10 ? 1 : 1_000 - (clock.monotonic() % 5));
    waits.push(clock.monotonic() - before);
    await queue.take();
    queue.done("a");
    if (failure === 7) queue.forget("a");
  }
  assert.deepEqual(waits.slice(0, 10), [5, 10, 20, 40, 80, 160, 320, 640, 5, 10]);
  assert.ok((waits.at(-1) ?? 0) <= 1_001_000);
  assert.equal(queue.failures("a"), 12);
});

test("WorkQueue lets every taker go when it is closed, and drops what waits", async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue(clock);
  const taker = queue.take();
  queue.addAfter("late", 10);
  queue.close();
  assert.equal(await taker, undefined);
  await clock.advance(20);
  queue.add("b");
  assert.equal(queue.size, 0);
  assert.equal(await queue.take(), undefined);
});
