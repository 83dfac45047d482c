import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamSink } from "#base/http.ts";
import { afterAnswers } from "#base/turn.ts";
import { WatchBacklog } from "./watch_backlog.ts";
import { WatchWriter } from "./watch_writer.ts";

/** A writer, and what its watcher was sent. */
function writerFor(sink: Partial<StreamSink>): { writer: WatchWriter; sent: string[] } {
  const sent: string[] = [];
  const writer = new WatchWriter(
    {
      write: (chunk) => sent.push(Buffer.from(chunk).toString()) > 0,
      drained: () => Promise.resolve(),
      end: () => void sent.push("end"),
      abort: () => void sent.push("abort"),
      ...sink,
    },
    new WatchBacklog(1_000),
    () => {},
  );
  return { writer, sent };
}

const frame = (text: string) => () => Buffer.from(text);
const answered = () => new Promise<void>(afterAnswers);

test("news go to a patient watcher once all have been answered, to others at once", async () => {
  const [patient, other] = [writerFor({ patient: true }), writerFor({})];
  for (const { writer } of [patient, other]) writer.writeNews(frame("a"));
  assert.deepEqual([patient.sent, other.sent], [[], ["a"]]);
  // As an answer that is flushed at the end of this turn.
  await new Promise(setImmediate);
  assert.deepEqual(patient.sent, []);
  await answered();
  assert.deepEqual(patient.sent, ["a"]);
});

test("whatever is written after news comes after them, each once", async () => {
  const { writer, sent } = writerFor({ patient: true });
  writer.writeNews(frame("a"));
  writer.writeNews(frame("b"));
  writer.write(Buffer.from("bookmark"));
  writer.writeNews(frame("c"));
  assert.deepEqual(sent, ["a", "b", "bookmark"]);
  await answered();
  writer.writeNews(frame("d"));
  writer.end();
  await answered();
  assert.deepEqual(sent, ["a", "b", "bookmark", "c", "d", "end"]);
});

test("news of one commit are made for all watchers before those of the next", async () => {
  const asked: string[] = [];
  const writers = [writerFor({ patient: true }), writerFor({ patient: true })];
  const make = (commit: string) => () => {
    asked.push(commit);
    return Buffer.from(commit);
  };
  for (const commit of ["1", "2"]) for (const { writer } of writers) writer.writeNews(make(commit));
  await answered();
  assert.deepEqual(asked, ["1", "1", "2", "2"]);
  assert.deepEqual(writers[1]?.sent, ["1", "2"]);
});

test("news are not made any more for a watcher that went away", async () => {
  const { writer, sent } = writerFor({ patient: true });
  writer.writeNews(() => assert.fail("nobody wants them"));
  writer.drop();
  await answered();
  assert.deepEqual(sent, []);
});
