import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "#base/log.ts";
import { seededRandom } from "#base/random.ts";
import { VirtualClock } from "#base/virtual_clock.ts";
import { ConfigMap } from "#api/core/configmap.ts";
import type { Client } from "./client.ts";
import { reflect } from "./reflector.ts";

/** How many events come within 20 s from a server that breaks each watch off after `events` of them. */
async function eventsWithin20s(events: number): Promise<number> {
  const clock = new VirtualClock();
  const abort = new AbortController();
  let revision = 0;
  const client = {
    list: async () => ({ items: [], resourceVersion: "0" }),
    async *watch() {
      for (let count = 0; count < events; count++) {
        const resourceVersion = String(++revision);
        yield { type: "ADDED", object: { metadata: { name: `c${revision}`, resourceVersion } } };
      }
      throw new Error("the watch broke off");
    },
  } as unknown as Client;
  const target = { replace() {}, apply() {} };
  const options = { client, kind: ConfigMap, selection: {}, target, clock, random: seededRandom(1), log: silentLog };
  const reflecting = reflect({ ...options, signal: abort.signal });
  await clock.advance(20_000);
  abort.abort(new Error("enough"));
  await reflecting;
  return revision;
}

test("a watch that breaks off after it got on is taken up again within 1.6 s, however often", async () => {
  assert.ok((await eventsWithin20s(1)) >= 12);
});

test("a watch that breaks off before it got on is taken up ever more slowly", async () => {
  let watches = 0;
  const clock = new VirtualClock();
  const abort = new AbortController();
  const client = {
    list: async () => ({ items: [], resourceVersion: "0" }),
    // eslint-disable-next-line require-yield -- It never comes to that.
    async *watch() {
      watches++;
      throw new Error("the watch broke off");
    },
  } as unknown as Client;
  const target = { replace() {}, apply() {} };
  const options = { client, kind: ConfigMap, selection: {}, target, clock, random: seededRandom(1), log: silentLog };
  const reflecting = reflect({ ...options, signal: abort.signal });
  await clock.advance(20_000);
  abort.abort(new Error("enough"));
  await reflecting;
  assert.ok(watches <= 6, `${watches} watches`);
});
