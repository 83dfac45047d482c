import assert from "node:assert/strict";
import { test } from "node:test";
import type { AdmissionRequest } from "../admission.ts";
import { LIMITS } from "../limits.ts";
import { testServer } from "../testing.ts";

const OUTSIDE = { peer: { address: "10.0.0.9" } };
/** Everybody may everything, so that what is tested is not who may what. */
const OPEN = { authorizer: () => ({ allowed: true, reason: "" }) };
const AS_DANA = { peer: { certificate: { commonName: "dana", organizations: ["dev"] }, address: "10.0.0.9" } };

test("readyz tells each check, leaves out what is excluded, and fails from the shutdown on", async () => {
  let isWell = true;
  const check = () => (isWell ? undefined : "not started");
  const { call, server } = await testServer({ readiness: [{ name: "poststarthook/start-things", check }] });
  assert.equal((await call("GET", "/readyz", undefined, OUTSIDE)).text, "ok");
  const lines = [
    "[+]ping ok",
    "[+]etcd ok",
    "[+]etcd-readiness ok",
    "[+]poststarthook/start-things ok",
    "[+]shutdown ok",
  ];
  const verbose = await call("GET", "/readyz?verbose");
  assert.equal(verbose.text, `${lines.join("\n")}\nreadyz check passed\n`);
  assert.equal((await call("GET", "/readyz/poststarthook/start-things")).text, "ok");
  assert.equal((await call("GET", "/livez?verbose")).text, "[+]ping ok\n[+]etcd ok\nlivez check passed\n");
  isWell = false;
  const failed = await call("GET", "/readyz", undefined, OUTSIDE);
  assert.equal(failed.code, 500);
  assert.match(
    failed.text,
    /\[-\]poststarthook\/start-things failed: reason withheld\n\[\+\]shutdown ok\nreadyz check failed\n$/,
  );
  const one = await call("GET", "/readyz/poststarthook/start-things");
  assert.deepEqual([one.code, one.text], [500, "internal server error: not started\n"]);
  const excluding = await call("GET", "/readyz?verbose&exclude=poststarthook/start-things&exclude=nothing");
  assert.equal(excluding.code, 200);
  assert.match(excluding.text, /\[\+\]poststarthook\/start-things excluded: ok\n/);
  assert.match(
    excluding.text,
    /\nwarn: some health checks cannot be excluded: no matches for "nothing"\nreadyz check passed\n$/,
  );
  isWell = true;
  server.beginShutdown();
  assert.match((await call("GET", "/readyz")).text, /\[-\]shutdown failed: reason withheld\nreadyz check failed\n$/);
  assert.equal((await call("GET", "/livez")).code, 200);
  assert.equal((await call("GET", "/api/v1/namespaces/default")).code, 200, "requests are still served");
});

test("the components are asked when somebody asks for their statuses", async () => {
  const { call } = await testServer({ components: [{ name: "scheduler", check: () => "it stopped" }] });
  const list = await call("GET", "/api/v1/componentstatuses");
  assert.equal(list.headers["warning"], '299 - "v1 ComponentStatus is deprecated in v1.19+"');
  assert.deepEqual(
    list.json.items.map((item: { metadata: object; conditions: object }) => [item.metadata, item.conditions]),
    [
      [{ name: "scheduler" }, [{ type: "Healthy", status: "False", error: "it stopped" }]],
      [{ name: "etcd-0" }, [{ type: "Healthy", status: "True", message: "ok" }]],
    ],
  );
  assert.equal((await call("GET", "/api/v1/componentstatuses/etcd-0")).json.conditions[0].status, "True");
  const none = await call("GET", "/api/v1/componentstatuses/x");
  assert.equal(none.json.message, 'componentstatuses "x" not found');
  const headers = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };
  const table = await call("GET", "/api/v1/componentstatuses", undefined, { headers });
  assert.deepEqual(table.json.rows[0].cells, ["scheduler", "Unhealthy", "", "it stopped"]);
});

test("what takes too long is answered 504, by the client's deadline or the server's", async () => {
  const never = new Promise<void>(() => {});
  const stuck = {
    name: "Stuck",
    validate: (asked: AdmissionRequest) => (asked.user.name === "dana" ? never : undefined),
  };
  const { call, clock } = await testServer({ ...OPEN, admission: [stuck] });
  const draft = { metadata: { name: "a" } };
  const path = "/api/v1/namespaces/default/configmaps";
  const own = call("POST", path, draft, AS_DANA);
  const asked = call("POST", `${path}?timeout=5s`, draft, AS_DANA);
  await clock.advance(5_000);
  const { code, json } = await asked;
  assert.equal(code, 504);
  assert.deepEqual(json, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: "Timeout: request did not complete within the allotted timeout",
    reason: "Timeout",
    details: {},
    code: 504,
  });
  await clock.advance(LIMITS.requestTimeoutMs);
  assert.equal((await own).code, 504);
  const wrong = await call("GET", `${path}?timeout=5x`, undefined, AS_DANA);
  assert.equal(wrong.code, 400);
  assert.equal(
    wrong.json.message,
    'invalid timeout specified in the request URL - time: unknown unit "x" in duration "5x"',
  );
});

test("requests beyond what may be in flight are turned away, but not those of administrators", async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const holding = {
    name: "Holding",
    validate: (asked: AdmissionRequest) => (asked.kind.kind === "ConfigMap" ? held : undefined),
  };
  const { call } = await testServer({ ...OPEN, admission: [holding] });
  const create = (name: string, options = AS_DANA) =>
    call("POST", "/api/v1/namespaces/default/configmaps?dryRun=All", { metadata: { name } }, options);
  const waiting = Array.from({ length: LIMITS.mutatingInflightMax }, (_, at) => create(`c${at}`));
  const refused = await create("more");
  assert.deepEqual(
    [refused.code, refused.headers["retry-after"], refused.text],
    [429, "1", "Too many requests, please try again later.\n"],
  );
  assert.equal(
    (await call("GET", "/api/v1/namespaces", undefined, AS_DANA)).code,
    200,
    "reads have a bound of their own",
  );
  const metrics = (await call("GET", "/metrics")).text;
  assert.match(metrics, /^apiserver_current_inflight_requests\{request_kind="mutating"\} 200$/m);
  assert.match(metrics, /^apiserver_dropped_requests_total\{request_kind="mutating"\} 1$/m);
  const admin = create("urgent", {
    peer: { certificate: { commonName: "root", organizations: ["system:masters"] }, address: "" },
  });
  release();
  assert.equal((await admin).code, 201);
  for (const each of await Promise.all(waiting)) assert.equal(each.code, 201);
  assert.equal((await create("later")).code, 201);
});

test("metrics count requests, streams and stored objects by Kubernetes' names", async () => {
  const { call, watch, server, clock } = await testServer();
  await call("GET", "/api/v1/namespaces/default");
  await call("GET", "/api/v1/namespaces/absent");
  for (let at = 0; at < 50; at++) await call("GET", `/apis/made${at}/v1/up${at}`);
  const log = await watch("/api/v1/configmaps?allowWatchBookmarks=true", AS_ADMIN);
  await call("POST", "/api/v1/namespaces/default/configmaps", { metadata: { name: "a" } });
  const metrics = (await call("GET", "/metrics")).text;
  const get =
    'verb="GET",group="",version="v1",resource="namespaces",subresource="",scope="resource",component="apiserver",dry_run=""';
  assert.ok(metrics.includes(`\napiserver_request_total{${get},code="200"} 1\n`), metrics);
  assert.ok(metrics.includes(`\napiserver_request_total{${get},code="404"} 1\n`));
  assert.ok(metrics.includes(`\napiserver_request_duration_seconds_count{${get}} 2\n`));
  assert.match(metrics, /^apiserver_longrunning_requests\{verb="WATCH".*resource="configmaps".*\} 1$/m);
  assert.match(metrics, /^apiserver_watch_events_total\{group="",version="v1",resource="configmaps"\} 1$/m);
  assert.match(metrics, /^apiserver_storage_objects\{resource="namespaces"\} 2$/m);
  assert.equal(metrics.includes("made7"), false, "names that nobody serves make no series");
  server.endWatches(1_000);
  await clock.advance(1_000);
  assert.equal(log.state, "ended");
  assert.equal(log.summary.at(-1), "BOOKMARK");
  assert.match((await call("GET", "/metrics")).text, /^apiserver_longrunning_requests\{verb="WATCH".*\} 0$/m);
});

const AS_ADMIN = { peer: { certificate: { commonName: "root", organizations: ["system:masters"] }, address: "" } };
