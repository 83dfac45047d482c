import assert from "node:assert/strict";
import { test } from "node:test";
import { WriteBuffers } from "./write_buffers.ts";

function buffersByHand(max: number) {
  let timers: (() => void)[] = [];
  const buffers = new WriteBuffers({ bytes: 64, max, later: (_ms, run) => timers.push(run) });
  const takeAll = (count: number) => Array.from({ length: count }, () => buffers.take());
  const giveBack = (all: readonly (Buffer | undefined)[]) => {
    for (const each of all) if (each) buffers.giveBack(each);
  };
  const pass = () => {
    const due = timers;
    timers = [];
    for (const run of due) run();
    return due.length;
  };
  return { buffers, takeAll, giveBack, pass };
}

test("there are so many at a time and no more, each of them one of its own", () => {
  const { buffers, takeAll, giveBack } = buffersByHand(3);
  const all = takeAll(3);
  assert.equal(new Set(all.map((each) => each?.buffer)).size, 3);
  assert.equal(buffers.take(), undefined);
  giveBack(all.slice(2));
  assert.equal(buffers.take(), all[2]);
  buffers.lose();
  assert.ok(!all.includes(buffers.take()));
  assert.equal(buffers.take(), undefined);
});

test("those that are needed time and again are kept, all but one of the others go", () => {
  const { buffers, takeAll, giveBack, pass } = buffersByHand(8);
  giveBack(takeAll(8));
  for (let each = 0; each < 3; each++) {
    pass();
    giveBack(takeAll(5));
  }
  assert.equal(buffers.idle, 5);
  while (pass() > 0);
  assert.equal(buffers.idle, 1);
});
