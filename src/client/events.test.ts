import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "#base/log.ts";
import { seededRandom } from "#base/random.ts";
import { VirtualClock } from "#base/virtual_clock.ts";
import { Event } from "#api/core/event.ts";
import { Pod } from "#api/core/pod.ts";
import { createEventRecorder } from "./events.ts";
import { FakeApi, refusal } from "./fake_api.ts";

async function setUp() {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const client = new FakeApi({ clock, random });
  const pod = await client.create(Pod, { metadata: { namespace: "default", name: "web" }, spec: { containers: [] } });
  const recorder = createEventRecorder({ client, clock, random, log: silentLog, component: "kubelet", host: "n1" });
  const events = async () => (await client.list(Event)).items;
  return { clock, client, pod, recorder, events };
}

test("an event names its object, who says it and since when", async () => {
  const { pod, recorder, events } = await setUp();
  recorder.eventAt(pod, "spec.containers{web}", "Normal", "Started", "Container started");
  await recorder.flush();
  const [event] = await events();
  assert.ok(event);
  assert.ok(event.metadata.name.startsWith("web."));
  assert.equal(event.metadata.namespace, "default");
  assert.deepEqual(event.source, { component: "kubelet", host: "n1" });
  assert.equal(event.involvedObject.uid, pod.metadata.uid);
  assert.equal(event.involvedObject.fieldPath, "spec.containers{web}");
  assert.deepEqual(
    [event.type, event.reason, event.message, event.count],
    ["Normal", "Started", "Container started", 1],
  );
  assert.equal(event.firstTimestamp, "2026-01-01T00:00:00Z");
});

test("an event that happens again is counted, not written anew", async () => {
  const { clock, pod, recorder, events } = await setUp();
  for (let time = 0; time < 3; time++) {
    recorder.event(pod, "Warning", "BackOff", "Back-off restarting failed container");
    await recorder.flush();
    await clock.advance(10_000);
  }
  const [event, ...others] = await events();
  assert.equal(others.length, 0);
  assert.equal(event?.count, 3);
  assert.equal(event?.firstTimestamp, "2026-01-01T00:00:00Z");
  assert.equal(event?.lastTimestamp, "2026-01-01T00:00:20Z");
});

test("a counted event that has expired is written anew with its count", async () => {
  const { client, pod, recorder, events } = await setUp();
  recorder.event(pod, "Warning", "BackOff", "again");
  await recorder.flush();
  const [first] = await events();
  assert.ok(first);
  await client.delete(Event, first.metadata);
  recorder.event(pod, "Warning", "BackOff", "again");
  await recorder.flush();
  assert.deepEqual(
    (await events()).map((event) => event.count),
    [2],
  );
});

test("many messages of one reason are combined from the tenth on", async () => {
  const { pod, recorder, events } = await setUp();
  for (let number = 1; number <= 12; number++) recorder.event(pod, "Warning", "Failed", `attempt ${number}`);
  await recorder.flush();
  const all = await events();
  assert.equal(all.length, 10);
  const combined = all.find((event) => event.message?.startsWith("(combined from similar events): "));
  assert.equal(combined?.message, "(combined from similar events): attempt 12");
  assert.equal(combined?.count, 3);
});

test("one object may have 25 events in a row, then one in five minutes", async () => {
  const { clock, pod, recorder, events } = await setUp();
  for (let number = 0; number < 40; number++) recorder.event(pod, "Normal", `Reason${number}`, "x");
  await recorder.flush();
  assert.equal((await events()).length, 25);
  await clock.advance(300_000);
  recorder.event(pod, "Normal", "Later", "x");
  recorder.event(pod, "Normal", "Later still", "x");
  await recorder.flush();
  assert.equal((await events()).length, 26);
});

test("an event the server refuses is dropped; one it could not be asked about is tried again", async () => {
  const { clock, client, pod, recorder, events } = await setUp();
  let failures = 2;
  client.refuse = (_verb, kind) => {
    if ((kind as unknown) === Event && failures-- > 0) throw new Error("connection refused");
  };
  recorder.event(pod, "Normal", "Patient", "x");
  await clock.advance(25_000);
  await recorder.flush();
  assert.deepEqual(
    (await events()).map((event) => event.reason),
    ["Patient"],
  );
  client.refuse = (_verb, kind) => {
    if ((kind as unknown) === Event) throw refusal(403, "Forbidden", "the namespace is being deleted");
  };
  recorder.event(pod, "Normal", "Refused", "x");
  await recorder.flush();
  assert.equal((await events()).length, 1);
});
