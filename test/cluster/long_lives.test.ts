import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { suite, test } from "node:test";
import { Worker } from "node:worker_threads";
import { base64OfText, fromBase64 } from "#api/base64.ts";
import { TokenReview } from "#api/authentication/tokenreview.ts";
import { CertificateSigningRequest } from "#api/certificates/certificatesigningrequest.ts";
import { Node } from "#api/core/node.ts";
import { Pod } from "#api/core/pod.ts";
import { testServer } from "#apiserver/testing.ts";
import { signerOf } from "#bin/pki.ts";
import { createClient } from "#client/http_client.ts";
import { certificateCleaner, certificateSigningController } from "#controllers/certificatesigningrequest.ts";
import { World } from "#controllers/world_suite.ts";
import { ServiceAccountTokens } from "#node/volumes/service_account_tokens.ts";
import { createCertificateAuthority, createServiceAccountKey } from "#sys/certificates.ts";
import { CLIENT_REQUEST } from "#sys/certificate_request_fixtures.ts";
import { openTokenKey } from "#sys/json_web_token.ts";
import type { LongLife } from "./long_life_worker.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MONTH_MS = 30 * DAY_MS;

/**
 * A life that is long in events, in a thread of its own: the test runner follows every promise that is made in its own
 * thread, which takes longer than such a life does.
 */
function lived(life: LongLife): Promise<void> {
  const worker = new Worker(new URL("long_life_worker.ts", import.meta.url), { workerData: life, execArgv: [] });
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${life} ended with ${code}`))));
  });
}

suite("long lives", { concurrency: true }, () => {
  test("a year of a CronJob: a Job each night, and no more than the last three remembered", () =>
    lived("yearOfACronJob"));

  test("thirty days of a node: heard all the time, and given up within a minute of its last word", () =>
    lived("monthOfANode"));

  test("a year of an agent's certificates of a month: each replaced in time, by a new key that it asked for", () =>
    lived("yearOfAnAgent"));
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
