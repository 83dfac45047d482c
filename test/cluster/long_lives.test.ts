import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { base64OfText, fromBase64 } from "#api/base64.ts";
import { TokenReview } from "#api/authentication/tokenreview.ts";
import { CronJob } from "#api/batch/cronjob.ts";
import { Job } from "#api/batch/job.ts";
import { CertificateSigningRequest } from "#api/certificates/certificatesigningrequest.ts";
import { Lease } from "#api/coordination/lease.ts";
import { Event } from "#api/core/event.ts";
import { Node } from "#api/core/node.ts";
import { Pod } from "#api/core/pod.ts";
import { testServer } from "#apiserver/testing.ts";
import { signerOf } from "#bin/pki.ts";
import { createClient } from "#client/http_client.ts";
import { certificateCleaner, certificateSigningController } from "#controllers/certificatesigningrequest.ts";
import { cronJobController } from "#controllers/cronjob.ts";
import { jobController } from "#controllers/job.ts";
import { nodeLifecycleController } from "#controllers/node_lifecycle.ts";
import { eventsOf, World } from "#controllers/world_suite.ts";
import { ServiceAccountTokens } from "#node/volumes/service_account_tokens.ts";
import { Fleet } from "#simulation/fleet.ts";
import { createCertificateAuthority, createServiceAccountKey } from "#sys/certificates.ts";
import { CLIENT_REQUEST } from "#sys/certificate_request_fixtures.ts";
import { openTokenKey } from "#sys/json_web_token.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MONTH_MS = 30 * DAY_MS;

/** Controllers' watches are sent a bookmark each minute: whole years and months of them take up to a minute here. */
const isNightly = process.env["KNARR_NIGHTLY"] === "1";
const NIGHTS = isNightly ? 365 : 14;
const NODE_DAYS = isNightly ? 30 : 1;

test(`${NIGHTS} nights of a CronJob: a Job in each, and no more than the last three remembered`, async () => {
  const world = await World.create();
  world.kubelet = { ...world.kubelet, endsWith: () => ({ afterMs: 10 * MINUTE_MS, exitCode: 0 }) };
  world.start(jobController(), cronJobController());
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } };
  await world.client.create(CronJob, {
    metadata: { namespace: "default", name: "nightly" },
    spec: { schedule: "30 2 * * *", jobTemplate: { spec: { template } } },
  });
  const nights = new Set<string>();
  const look = async () => {
    const { items } = await world.client.list(Job);
    assert.ok(items.length <= 3);
    for (const { metadata, status } of items) {
      assert.equal(status.succeeded, 1);
      nights.add(metadata.name);
    }
  };
  await world.run(NIGHTS * DAY_MS, look, DAY_MS);
  assert.equal(nights.size, NIGHTS);
  await world.stop();
});

test(`${NODE_DAYS} day(s) of a node: heard all the time, and given up within a minute of its last word`, async () => {
  const world = await World.create();
  const { client, clock, informers, random, log } = world;
  world.start(nodeLifecycleController(clock));
  // A lease lasts 40 s.
  const fleet = new Fleet({ count: 1, clientFor: () => client, informers, clock, random, log, heartbeatMs: 30_000 });
  await fleet.start();
  const ref = { name: "simulated-1" };
  const readiness = async () => {
    const { status } = await client.get(Node, ref);
    return status.conditions?.find(({ type }) => type === "Ready");
  };
  const since = (await readiness())?.lastTransitionTime;
  await clock.advance(NODE_DAYS * DAY_MS);
  const lease = await client.get(Lease, { namespace: "kube-node-lease", ...ref });
  assert.ok(clock.now() - Date.parse(lease.spec.renewTime ?? "") <= 30_000);
  assert.deepEqual(await readiness().then((ready) => [ready?.status, ready?.lastTransitionTime]), ["True", since]);
  assert.deepEqual(await eventsOf(world, Event), []);
  fleet.stop();
  await clock.advance(MINUTE_MS);
  assert.equal((await readiness())?.status, "Unknown");
  await world.stop();
});

test("thirty days of a pod's token: the agent's is always good, and each it had before has run out", async () => {
  const tokenKey = openTokenKey(createServiceAccountKey().privateKey);
  const { server, clock } = await testServer({ tokenKey });
  const client = createClient(server.handle, "system:node:node-1");
  const admin = createClient(server.handle, "admin");
  await admin.create(Node, { metadata: { name: "node-1" } });
  const spec = { nodeName: "node-1", containers: [{ name: "c", image: "i" }] };
  const pod = await admin.create(Pod, { metadata: { namespace: "default", name: "app" }, spec });
  const tokens = new ServiceAccountTokens({ client, clock });
  const projection = { path: "token", expirationSeconds: 3_600 };
  const isGood = async (token: string) =>
    (await admin.create(TokenReview, { spec: { token } })).status.authenticated ?? false;
  const had: string[] = [];
  const endMs = clock.now() + MONTH_MS;
  while (clock.now() < endMs) {
    const token = await tokens.get(pod, projection);
    assert.equal(had.includes(token), false, "a new one when it is time");
    had.push(token);
    const untilMs = tokens.renewAtMs(pod.metadata.uid) - clock.now();
    assert.equal(untilMs, 0.8 * HOUR_MS);
    await clock.advance(untilMs - 1);
    assert.equal(await tokens.get(pod, projection), token, "the same until it is");
    assert.ok(await isGood(token));
    await clock.advance(1);
  }
  assert.equal(had.length, Math.ceil(MONTH_MS / (0.8 * HOUR_MS)));
  assert.ok(await isGood(had.at(-1) ?? ""));
  for (const token of had.slice(0, -1)) assert.equal(await isGood(token), false);
  server.close();
});

test("thirty certificates of a day, each asked for in time: one is good always, and their requests are cleared away", async () => {
  const world = await World.create();
  const { client, clock } = world;
  const authority = createCertificateAuthority({ commonName: "kubernetes", now: 0, days: 36_500 });
  const signer = signerOf(() => authority);
  world.start(
    certificateSigningController(signer),
    certificateCleaner((certificate) => signer.endMs(certificate)),
  );
  const spec = { signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"] };
  let goodUntilMs = clock.now();
  for (let day = 1; day <= 30; day++) {
    const name = `day-${day}`;
    const request = base64OfText(CLIENT_REQUEST);
    const made = await client.create(CertificateSigningRequest, {
      metadata: { name },
      spec: { ...spec, request, expirationSeconds: DAY_MS / 1_000 },
    });
    const conditions = [{ type: "Approved", status: "True", reason: "Told", message: "" }];
    const approved = { ...made, status: { conditions } };
    await client.update(CertificateSigningRequest, approved, { subresource: "approval" });
    await clock.advance(1_000);
    const { certificate = "" } = (await client.get(CertificateSigningRequest, { name })).status;
    const { validFrom, validTo } = new X509Certificate(fromBase64(certificate));
    assert.ok(Date.parse(validFrom) <= goodUntilMs, "before the last has ended");
    assert.ok(clock.now() < goodUntilMs || day === 1);
    goodUntilMs = Date.parse(validTo);
    // What is left of a fifth of its life is for those who are late.
    await clock.advance(0.8 * DAY_MS);
    assert.ok(clock.now() < goodUntilMs);
    assert.deepEqual((await client.list(CertificateSigningRequest)).items, []);
  }
  await world.stop();
});
