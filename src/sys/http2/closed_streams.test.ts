import assert from "node:assert/strict";
import { test } from "node:test";
import { ClosedStreams, END } from "./closed_streams.ts";

test("streams are known by how they ended, until there are too many newer ones", () => {
  const streams = new ClosedStreams();
  streams.opened(1);
  streams.ended(1, END.byClient);
  streams.opened(9);
  streams.ended(9, END.byUs);
  assert.deepEqual(
    [1, 3, 5, 7, 9].map((id) => streams.endOf(id)),
    [1, 0, 0, 0, 2],
  );
  streams.opened(2_049);
  streams.ended(1, END.byUs); // Too old: its place is that of the newest.
  assert.deepEqual(
    [1, 3, 9, 11, 2_049].map((id) => streams.endOf(id)),
    [3, 0, 2, 0, 0],
  );
  streams.opened(0x7fffffff);
  assert.equal(streams.endOf(0x7fffffff - 2), END.never);
  assert.equal(streams.endOf(2_049), END.unknown);
});
