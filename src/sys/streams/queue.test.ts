import assert from "node:assert/strict";
import { test } from "node:test";
import { Queue } from "./queue.ts";

test("a queue hands on what was pushed, in order, before and after someone waits, and ends", async () => {
  const queue = new Queue<number>();
  queue.push(1);
  queue.push(2);
  const all = Array.fromAsync(queue);
  await Promise.resolve();
  queue.push(3);
  queue.end();
  queue.push(4);
  assert.deepEqual(await all, [1, 2, 3]);
});

test("a failed queue gives out what it has, then throws", async () => {
  const queue = new Queue<number>();
  queue.push(1);
  queue.fail(new Error("gone"));
  queue.end();
  const seen: number[] = [];
  await assert.rejects(async () => {
    for await (const item of queue) seen.push(item);
  }, /gone/);
  assert.deepEqual(seen, [1]);
});

test("every item counts as consumed once: when read, when left behind, when it comes too late", async () => {
  const consumed: number[] = [];
  const queue = new Queue<number>((item) => consumed.push(item));
  for (const item of [1, 2, 3]) queue.push(item);
  for await (const item of queue) {
    assert.equal(item, 1);
    break;
  }
  queue.push(4);
  assert.deepEqual(consumed, [1, 2, 3, 4]);
});
