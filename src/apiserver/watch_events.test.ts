import assert from "node:assert/strict";
import { test } from "node:test";
import type { SharedEvent } from "#base/http.ts";
import { afterAnswers } from "#base/turn.ts";
import { ByteLog, testServer, type AnyJson, type TestServer } from "./testing.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const SCALERS = "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";

/** Watches as a reader in this process does who takes events as they are: what came so, and what came as lines. */
async function takeEvents(api: TestServer, path: string): Promise<{ events: AnyJson[]; lines: AnyJson[] }> {
  const { body } = await api.request("GET", `${path}${path.includes("?") ? "&" : "?"}watch=true`);
  assert.ok("start" in body);
  const events: SharedEvent[] = [];
  const lines: AnyJson[] = [];
  body.start({
    write: (chunk) => {
      for (const line of new TextDecoder().decode(chunk).trim().split("\n")) lines.push(JSON.parse(line));
      return true;
    },
    writeEvents: (each) => events.push(...each) > 0,
    drained: () => Promise.resolve(),
    end: () => {},
    abort: () => {},
  });
  return { events, lines };
}

/** One object from its beginning to its end, now selected by `turn=even`, now not. */
async function live(api: TestServer): Promise<void> {
  const metadata = { name: "a", labels: { turn: "even" } };
  await api.call("POST", MAPS, { metadata, data: { z: "1", a: "2" } });
  for (const turn of ["odd", "even", "even"]) {
    const body = { metadata: { labels: { turn } }, data: { last: turn } };
    await api.call("PATCH", `${MAPS}/a`, body, { contentType: "application/merge-patch+json" });
  }
  await api.call("DELETE", `${MAPS}/a`);
}

for (const query of ["", "?labelSelector=turn%3Deven", "?fieldSelector=metadata.name%3Da"]) {
  test(`events as they are say what the lines of a watch say: ${query || "all"}`, async () => {
    const api = await testServer();
    const plain = await api.watch(`${MAPS}${query}`);
    const taken = await takeEvents(api, `${MAPS}${query}`);
    await live(api);
    assert.ok(taken.events.length >= 4);
    assert.deepEqual(taken, { events: plain.events, lines: [] });
  });
}

test("a reader on a line is told once who writes has been answered; forms that take parsing are told at once", async () => {
  const api = await testServer();
  const forms = ["application/json", "application/json;as=Table;v=v1;g=meta.k8s.io"];
  const told = await Promise.all(
    forms.map(async (accept) => {
      const { body } = await api.request("GET", `${MAPS}?watch=true`, undefined, { headers: { accept } });
      assert.ok("start" in body);
      const log = new ByteLog();
      body.start(Object.assign(log, { patient: true }));
      return log;
    }),
  );
  await api.call("POST", MAPS, { metadata: { name: "a" } });
  const counts = () => told.map(({ chunks }) => chunks.length);
  assert.deepEqual(counts(), [0, 1]);
  await new Promise<void>(afterAnswers);
  assert.deepEqual(counts(), [1, 1]);
});

test("events of objects that are served in another version than stored are lines", async () => {
  const api = await testServer();
  const taken = await takeEvents(api, SCALERS);
  const spec = { maxReplicas: 3, scaleTargetRef: { kind: "Deployment", name: "web", apiVersion: "apps/v1" } };
  await api.call("POST", SCALERS, { metadata: { name: "a" }, spec: { ...spec, targetCPUUtilizationPercentage: 50 } });
  assert.deepEqual(taken.events, []);
  assert.equal(taken.lines[0].object.spec.targetCPUUtilizationPercentage, 50);
});
