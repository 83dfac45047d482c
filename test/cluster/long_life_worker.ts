import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { isMainThread, workerData } from "node:worker_threads";
import { CronJob } from "#api/batch/cronjob.ts";
import { Job } from "#api/batch/job.ts";
import { CertificateSigningRequest } from "#api/certificates/certificatesigningrequest.ts";
import { Lease } from "#api/coordination/lease.ts";
import { Event } from "#api/core/event.ts";
import { Node } from "#api/core/node.ts";
import { keepAgentCertificates } from "#bin/agent_certificates.ts";
import type { AgentCredentials } from "#bin/agents.ts";
import { signerOf } from "#bin/pki.ts";
import { createClient } from "#client/http_client.ts";
import { certificateCleaner, certificateSigningController } from "#controllers/certificatesigningrequest.ts";
import { certificateApprovalController } from "#controllers/certificatesigningrequest_approval.ts";
import { cronJobController } from "#controllers/cronjob.ts";
import { jobController } from "#controllers/job.ts";
import { nodeLifecycleController } from "#controllers/node_lifecycle.ts";
import { eventsOf, World } from "#controllers/world_suite.ts";
import { Fleet } from "#simulation/fleet.ts";
import { certificateLife } from "#sys/certificate_request.ts";
import { createCertificateAuthority, signCertificate } from "#sys/certificates.ts";

/** Lives to be led in a thread, each of which fails by what it throws. */
const LIVES = { yearOfACronJob, monthOfANode, yearOfAnAgent };
export type LongLife = keyof typeof LIVES;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

async function yearOfACronJob(): Promise<void> {
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
  await world.run(365 * DAY_MS, look, DAY_MS);
  assert.equal(nights.size, 365);
  await world.stop();
}

async function monthOfANode(): Promise<void> {
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
  await clock.advance(30 * DAY_MS);
  const lease = await client.get(Lease, { namespace: "kube-node-lease", ...ref });
  assert.ok(clock.now() - Date.parse(lease.spec.renewTime ?? "") <= 30_000);
  assert.deepEqual(await readiness().then((ready) => [ready?.status, ready?.lastTransitionTime]), ["True", since]);
  assert.deepEqual(await eventsOf(world, Event), []);
  fleet.stop();
  await clock.advance(MINUTE_MS);
  assert.equal((await readiness())?.status, "Unknown");
  await world.stop();
}

/** Its certificates last a month, and the API believes it by what they say alone. */
async function yearOfAnAgent(): Promise<void> {
  const world = await World.create();
  const { clock, random, log } = world;
  const start = clock.now();
  const lastsSeconds = 30 * 24 * 3600;
  const authority = createCertificateAuthority({ commonName: "kubernetes", now: start, days: 3_650 });
  const signer = signerOf(
    () => authority,
    (name) => (name === "node-2" ? ["10.244.1.1"] : []),
  );
  world.start(
    certificateApprovalController(signer),
    certificateSigningController(signer),
    certificateCleaner((certificate) => signer.endMs(certificate)),
  );
  const subject = { commonName: "system:node:node-2", organizations: ["system:nodes"], now: start, days: 30 };
  const first = {
    server: "",
    ca: authority.cert,
    client: signCertificate(authority, { ...subject, usages: ["client"] }),
    door: signCertificate(authority, { ...subject, usages: ["server"], ipAddresses: ["10.244.1.1"] }),
  };
  let used: AgentCredentials = first;
  let kept: AgentCredentials = first;
  const spans: Record<"client" | "door", number[]> = { client: [], door: [] };
  const changed = (part: "client" | "door", next: AgentCredentials) => {
    if (next[part] === used[part]) return;
    const [old, young] = [certificateLife(used[part].cert), certificateLife(next[part].cert)];
    assert.ok(clock.now() < old.untilMs, "in time");
    assert.ok(new X509Certificate(next[part].cert).checkPrivateKey(createPrivateKey(next[part].key)));
    assert.notEqual(next[part].key, used[part].key, "a key of its own");
    spans[part].push((young.fromMs - old.fromMs) / (old.untilMs - old.fromMs));
  };
  const stop = keepAgentCertificates({
    place: { nodeName: "node-2", gateway: "10.244.1.1" },
    credentials: first,
    client: createClient(
      world.asCertified(() => subjectOf(used.client.cert)),
      "system:node:node-2",
    ),
    clock,
    random,
    log,
    expirationSeconds: lastsSeconds,
    use(next) {
      changed("client", next);
      changed("door", next);
      used = next;
    },
    async keep(next) {
      kept = next;
    },
  });
  const look = async () => {
    for (const { cert } of [used.client, used.door]) assert.ok(clock.now() < certificateLife(cert).untilMs);
    assert.equal(kept, used);
    assert.equal(new X509Certificate(used.door.cert).subjectAltName, "IP Address:10.244.1.1");
  };
  await world.run(365 * DAY_MS, look, DAY_MS);
  for (const part of ["client", "door"] as const) {
    assert.ok(spans[part].length >= Math.floor(365 / 27) && spans[part].length <= Math.ceil(365 / 21));
    assert.ok(
      spans[part].every((share) => share >= 0.69 && share <= 0.91),
      String(spans[part]),
    );
  }
  assert.deepEqual((await world.client.list(CertificateSigningRequest)).items, []);
  stop();
  await world.stop();
}

/** Who a certificate says its holder is. */
function subjectOf(cert: string): { commonName: string; organizations: string[] } {
  const lines = new X509Certificate(cert).subject.split("\n");
  const of = (name: string) =>
    lines.filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1));
  return { commonName: of("CN")[0] ?? "", organizations: of("O") };
}

if (!isMainThread) await LIVES[workerData as LongLife]();
