import assert from "node:assert/strict";
import { test } from "node:test";
import type { SharedEvent, StreamBody, StreamSink } from "#base/http.ts";
import { documentsOf } from "./watch_stream.ts";

const event = (name: string): SharedEvent => ({ type: "ADDED", object: { metadata: { name } } });

/** A body that says what it is told to, and what was read of it. */
function reading(options: { readonly shared: boolean; readonly patient: boolean }) {
  let sink: StreamSink | undefined;
  const body: StreamBody = {
    start(given) {
      sink = given;
      return () => {};
    },
  };
  const read: unknown[] = [];
  const done = (async () => {
    for await (const document of documentsOf(body, new AbortController().signal, options)) read.push(document);
  })();
  const say = (...events: readonly SharedEvent[]) => sink?.writeEvents?.(events);
  return { read, say, end: () => (sink?.end(), done) };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a reader takes an event in the turn it is said in", async () => {
  const { read, say, end } = reading({ shared: true, patient: false });
  const [a] = [event("a")];
  await turn();
  say(a);
  await turn();
  assert.equal(read[0], a);
  await end();
});

test("a patient reader lets what is to be done at the end of the turn go first, and reads all of it", async () => {
  const { read, say, end } = reading({ shared: true, patient: true });
  const [a, b] = [event("a"), event("b")];
  await turn();
  say(a);
  say(b);
  let atEndOfTurn = -1;
  setImmediate(() => (atEndOfTurn = read.length));
  for (let turns = 0; turns < 3; turns++) await turn();
  assert.equal(atEndOfTurn, 0);
  assert.deepEqual(read, [a, b]);
  await end();
});

test("what was said before a body ended is read, however patient the reader", async () => {
  const { read, say, end } = reading({ shared: true, patient: true });
  await turn();
  say(event("a"));
  await end();
  assert.equal(read.length, 1);
});
