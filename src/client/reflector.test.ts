import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "#base/log.ts";
import { seededRandom } from "#base/random.ts";
import { VirtualClock } from "#base/virtual_clock.ts";
import { ConfigMap } from "#api/core/configmap.ts";
import type { Client } from "./client.ts";
import { reflect } from "./reflector.ts";

/** What comes about within 20 s with a server that breaks each watch off after `events` events. */
async function within20s(events: number): Promise<{ events: number; watches: number }> {
  const clock = new VirtualClock();
  const abort = new AbortController();
  let revision = 0;
  let watches = 0;
  const client = {
    list: async () => ({ items: [], resourceVersion: "0" }),
    async *watch() {
      watches++;
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
  return { events: revision, watches };
}

test("a watch that breaks off after it got on is taken up again within 1.6 s, however often", async () => {
  assert.ok((await within20s(1)).events >= 12);
});

test("a watch that breaks off before it got on is taken up ever more slowly", async () => {
  const { watches } = await within20s(0);
  assert.ok(watches <= 6, `${watches} watches`);
});
