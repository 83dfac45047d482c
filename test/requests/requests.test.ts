import assert from "node:assert/strict";
import { after, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { KINDS } from "#api/kinds.ts";
import { objectOf } from "#apiserver/object_codec.ts";
import { testServer, type AnyJson } from "#apiserver/testing.ts";
import type { MemoryStore } from "#store/memory_store.ts";
import type { Change } from "#store/store.ts";
import { KindRequests } from "./kind_requests.ts";
import { rowText, rowsOf, type Row } from "./rows.ts";
import { SAMPLES, sampleKey } from "./samples.ts";

/*
 * Every kind by every verb in every form, as raw requests to an API server in memory. Each row is one request and the
 * look at its answer.
 */

/** Rows there have been; a new kind, a subresource or a form brings more, and none may get lost. */
const ROWS_MIN = 4668;

const server = await testServer();
const sent = new Map<string, Row[]>();
let compared = 0;

for (const kind of KINDS) {
  test(`${sampleKey(kind)}: every verb in every form`, async () => {
    const own = await testServer();
    const mismatches = comparing(own.store);
    const requests = new KindRequests(own, kind);
    const done: Row[] = [];
    const failures: string[] = [];
    sent.set(sampleKey(kind), done);
    for (const row of rowsOf(kind)) {
      await requests.perform(row).catch((error: Error) => failures.push(`${rowText(row)}\n  ${error.message}`));
      done.push(row);
    }
    own.server.close();
    assert.deepEqual([...failures, ...mismatches], []);
  });
}

/** Holds every object at the moment it is written, as watches of this process see it, against its bytes. */
function comparing(store: MemoryStore): readonly string[] {
  const mismatches: string[] = [];
  const changes = (batch: readonly Change[]) => {
    for (const { entry } of batch) {
      if (entry === undefined) continue;
      const parsed: AnyJson = JSON.parse(new TextDecoder().decode(entry.value));
      parsed.metadata.resourceVersion = String(entry.modRevision);
      if (!isDeepStrictEqual(objectOf(entry), parsed)) mismatches.push(`${entry.key} is seen other than it is written`);
      compared++;
    }
  };
  store.watch("/registry/", { after: store.revision }, { changes, closed() {} });
  return mismatches;
}

/** The verbs of every resource and subresource, as clients learn of them. */
async function discovered(): Promise<readonly (readonly [resource: string, verb: string])[]> {
  const { json: groups } = await server.call("GET", "/apis");
  const versions = groups.groups.flatMap(({ versions: all }: AnyJson) => all.map((each: AnyJson) => each.groupVersion));
  const lists = ["/api/v1", ...versions.map((version: string) => `/apis/${version}`)].map(async (path) => {
    const { json } = await server.call("GET", path);
    const base = json.groupVersion.includes("/") ? json.groupVersion : `/${json.groupVersion}`;
    return json.resources.flatMap(({ name, verbs }: AnyJson) => verbs.map((verb: string) => [`${base}/${name}`, verb]));
  });
  return (await Promise.all(lists)).flat();
}

test("every verb that discovery tells of has its rows", async () => {
  const missing = (await discovered()).filter(([resource, verb]) => {
    const [group = "", version = "", plural = "", subresource = ""] = resource.split("/");
    const rows = sent.get(`${group}/${version}/${plural}`) ?? [];
    return !rows.some((row) => row.subresource === subresource && (row.verb === verb || row.form === "elsewhere"));
  });
  assert.deepEqual(missing, []);
});

test("no row got lost, and no kind that has a sample", () => {
  const count = [...sent.values()].flat().length;
  assert.ok(count >= ROWS_MIN, `${count} rows`);
  assert.ok(compared > ROWS_MIN / 2, `${compared} objects written`);
  assert.deepEqual(
    Object.keys(SAMPLES).filter((key) => !sent.has(key)),
    [],
  );
});

after(() => server.server.close());
