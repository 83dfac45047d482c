import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "#base/random.ts";
import { checkHistory, type Life } from "#store/history_checker.ts";
import { SqliteStore } from "#store/sqlite_store.ts";
import type { Change } from "#store/store.ts";
import { TransportError } from "#sys/http/client.ts";
import { AttackedServer } from "./server.ts";
import { Follower, PREFIX, Writer, asSeen, isOdd, listedOf } from "./witness.ts";

const KILLS = Number(process.env["KNARR_KILLS"] ?? (process.env["KNARR_NIGHTLY"] === "1" ? 1_000 : 100));
const SEED = Number(process.env["KNARR_SEED"] ?? 1);
const WRITERS = 32;
const WATCHERS = 16;
/** A server is killed after at most so many acknowledged writes. */
const ACKNOWLEDGED_MAX = 300;
/** The log is read after so many kills: history of more than 100,000 changes is dropped (`store/compactor.ts`). */
const READ_EVERY = 100;

/** What a killed server's clients run into; anything else is a failure. */
function broken(error: unknown): void {
  if (error instanceof TransportError || /broke off|aborted|Premature|ECONNRESET/.test(String(error))) return;
  throw error;
}

/** Adds to `log`, which holds every change from the first on, what else is in the store's file. */
async function readOn(log: Change[], directory: string): Promise<void> {
  const store = await SqliteStore.open(directory);
  const { revision } = store;
  await new Promise<void>((resolve, reject) => {
    if (log.length >= revision) return resolve();
    const changes = (batch: readonly Change[]) => {
      log.push(...batch.map(asSeen));
      if (log.length >= revision) resolve();
    };
    store.watch("", { after: log.length }, { changes, closed: reject });
  });
  await store.close();
}

test(`killed ${KILLS} times under ${WRITERS} writers and ${WATCHERS} watchers, a server loses and invents nothing`, async () => {
  await using server = await AttackedServer.start();
  const random = seededRandom(SEED);
  let enough = Promise.withResolvers<void>();
  let left = 0;
  const told = () => {
    if (--left === 0) enough.resolve();
  };
  const writers = Array.from({ length: WRITERS }, (_, number) => new Writer(number, random, told));
  const begin = await revisionNow(server);
  const followers = Array.from({ length: WATCHERS }, (_, number) => new Follower(begin, number % 2 === 1));
  const lives: Life[] = [];
  const log: Change[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const opened = await revisionNow(server);
    left = 1 + random.below(ACKNOWLEDGED_MAX);
    enough = Promise.withResolvers();
    const under = [
      ...followers.map((follower) => follower.follow(server.transport).catch(broken)),
      ...writers.map((writer) => writer.write(server.transport).catch(broken)),
    ];
    await Promise.race([enough.promise, Promise.all(under)]);
    await server.kill();
    await Promise.all(under);
    lives.push({ opened, highest: Math.max(opened, ...writers.map(({ highest }) => highest)) });
    if (kill % READ_EVERY === READ_EVERY - 1) await readOn(log, server.storeDirectory);
    await server.restart();
  }
  lives.push({ opened: await revisionNow(server), highest: 0 });
  assert.deepEqual(server.complaints, []);

  // Who watches gets, at the end, all that anybody was told of.
  const until = lives.at(-1)?.opened ?? 0;
  const ends = followers.map((follower) => follower.follow(server.transport).catch(broken));
  const last = { metadata: { name: "last", labels: { odd: "true" }, annotations: { n: "1" } } };
  const end = await created(server, last);
  await Promise.all(followers.map((follower) => follower.reach(end)));
  await server.kill();
  await Promise.all(ends);

  await readOn(log, server.storeDirectory);
  assert.ok(log.filter(({ key, entry }) => key.startsWith(PREFIX) && entry && isOdd(entry)).length > KILLS);
  const faults = checkHistory({
    acknowledged: writers.flatMap((writer) => writer.acknowledged),
    log,
    watched: [],
    listed: writers.flatMap(({ listed }) => listed.map((each) => listedOf(log, each))),
    followed: followers.map((follower) => follower.followed(until)),
    lives,
  });
  assert.deepEqual(faults.slice(0, 10), [], `repeat with KNARR_SEED=${SEED}`);
});

async function revisionNow(server: AttackedServer): Promise<number> {
  const response = await server.transport.send({ method: "GET", target: "/api/v1/nodes?limit=1" });
  const list = JSON.parse(Buffer.from(await response.bytes()).toString());
  return Number(list.metadata.resourceVersion);
}

async function created(server: AttackedServer, object: object): Promise<number> {
  const response = await server.transport.send({
    method: "POST",
    target: "/api/v1/namespaces/default/serviceaccounts",
    headers: { "content-type": "application/json" },
    body: new TextEncoder().encode(JSON.stringify(object)),
  });
  return Number(JSON.parse(Buffer.from(await response.bytes()).toString()).metadata.resourceVersion);
}
