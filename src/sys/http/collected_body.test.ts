import assert from "node:assert/strict";
import { test } from "node:test";
import { CollectedBody } from "./collected_body.ts";
import { boundsOf } from "./limits.ts";

const KIB = 1024;

/** A body of which so many KiB have come, and what was said to the last of them. */
function bodyOf(bounds: ReturnType<typeof boundsOf>, kib: number): { body: CollectedBody; refusal: unknown } {
  const body = new CollectedBody(bounds);
  let refusal: unknown;
  for (let at = 0; at < kib; at += 10) refusal = body.add(Buffer.alloc(10 * KIB));
  return { body, refusal };
}

test("long bodies share the room of a listener until they end; short ones need none", () => {
  const bounds = boundsOf({ arrivingBytesMax: 300 * KIB });
  const first = bodyOf(bounds, 200);
  assert.equal(first.refusal, undefined);
  const second = bodyOf(bounds, 110);
  assert.equal(second.refusal, "too much at once");
  second.body.end();
  assert.equal(bodyOf(bounds, 100).refusal, undefined);
  assert.equal(bodyOf(bounds, 60).refusal, undefined);
  assert.equal(bodyOf(bounds, 70).refusal, "too much at once");
  assert.equal(first.body.whole().length, 200 * KIB);
  first.body.end();
  first.body.end();
  assert.equal(bodyOf(bounds, 200).refusal, undefined);
  assert.equal(bodyOf(bounds, 70).refusal, "too much at once");
});

test("a body may be as long as a request, in pieces that are no crumbs", () => {
  const bounds = boundsOf({ requestBytesMax: 50 * KIB });
  assert.equal(bodyOf(bounds, 50).refusal, undefined);
  assert.equal(bodyOf(bounds, 60).refusal, "too large");
  const crumbs = new CollectedBody(bounds);
  let count = 0;
  while (crumbs.add(Buffer.alloc(1)) === undefined) count++;
  assert.equal(count, 10_000);
});
