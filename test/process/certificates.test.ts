import assert from "node:assert/strict";
import { once } from "node:events";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { connect } from "node:tls";
import { realClock } from "#base/clock.ts";
import { logTo } from "#base/log.ts";
import { seededRandom } from "#base/random.ts";
import { CertificateSigningRequest } from "#api/certificates/certificatesigningrequest.ts";
import { Node } from "#api/core/node.ts";
import { keepAgentCertificates } from "#bin/agent_certificates.ts";
import type { AgentCredentials } from "#bin/agents.ts";
import { Components } from "#bin/components.ts";
import { DEFAULT_NETWORKS } from "#bin/networks.ts";
import { openPki, signerOf } from "#bin/pki.ts";
import { createClient } from "#client/http_client.ts";
import { MemoryStore } from "#store/memory_store.ts";
import { signCertificate } from "#sys/certificates.ts";
import { httpsTransport } from "#sys/http/client.ts";
import { listen } from "#sys/http/listener.ts";
import { remoteHandler } from "#sys/http/remote_handler.ts";
import { memoryFiles } from "#sys/memory_files.ts";

const DAY_MS = 24 * 3_600_000;
const NAME = "node-2";
const HERE = "127.0.0.1";

test("an agent whose certificates have nearly ended gets new ones over TLS, and its watch goes on", async (t) => {
  const pki = await openPki(memoryFiles(), "/", { addresses: [], now: Date.now() });
  const complaints: string[] = [];
  const log = logTo((level, part, message, { error }) => {
    if (level === "warn" || level === "error") complaints.push(`${part}: ${message}: ${String(error)}`);
  });
  const random = seededRandom(1);
  const store = new MemoryStore();
  const signer = signerOf(
    () => pki.ca,
    (name) => (name === NAME ? [HERE] : []),
  );
  const components = new Components({ store, clock: realClock, random, log, networks: DEFAULT_NETWORKS, signer });
  const { handle } = components.server;
  const api = await listen({ port: 0, host: HERE, tls: { ...pki.server, clientCa: pki.ca.cert }, handler: handle });
  const rootCertificate = pki.ca.cert;
  await components.start({ port: api.port, rootCertificate });

  // Ninety-six hundredths of their life are over: they are renewed at once.
  const subject = { commonName: `system:node:${NAME}`, organizations: ["system:nodes"] };
  const old = { ...subject, now: Date.now() - 9.6 * DAY_MS, days: 10 };
  const credentials: AgentCredentials = {
    server: `https://${HERE}:${api.port}`,
    ca: pki.ca.cert,
    client: signCertificate(pki.ca, { ...old, usages: ["client"] }),
    door: signCertificate(pki.ca, { ...old, usages: ["server"], ipAddresses: [HERE] }),
  };
  const transport = httpsTransport({ server: credentials.server, ca: credentials.ca, ...credentials.client });
  const door = await listen({ port: 0, host: HERE, tls: credentials.door, handler: handle });
  const client = createClient(remoteHandler(transport.send), subject.commonName);
  const over = new AbortController();
  t.after(async () => {
    over.abort();
    transport.close();
    await Promise.all([api.close(), door.close()]);
    await components.stop();
    await store.close();
  });
  await client.create(Node, { metadata: { name: NAME } });
  const selection = { fieldSelector: `metadata.name=${NAME}`, resourceVersion: "0", signal: over.signal };
  const watch = client.watch(Node, selection)[Symbol.asyncIterator]();
  assert.equal((await watch.next()).value?.type, "ADDED");

  const kept = Promise.withResolvers<AgentCredentials>();
  const stop = keepAgentCertificates({
    place: { nodeName: NAME, gateway: HERE },
    credentials,
    client,
    clock: realClock,
    random,
    log,
    use(next) {
      transport.renew(next.client);
      door.replaceTls(next.door);
    },
    async keep(next) {
      if (next.client !== credentials.client && next.door !== credentials.door) kept.resolve(next);
    },
  });
  const renewed = await kept.promise;
  stop();
  const seen = connect({ host: HERE, port: door.port, ca: pki.ca.cert });
  await once(seen, "secureConnect");
  assert.equal(seen.authorized, true);
  assert.equal(seen.getPeerCertificate().fingerprint256, new X509Certificate(renewed.door.cert).fingerprint256);
  seen.destroy();
  await client.patch(Node, { name: NAME }, { type: "merge", body: { metadata: { labels: { under: "new-key" } } } });
  for (let label = ""; label !== "new-key";) {
    const { value, done } = await watch.next();
    assert.equal(done, false, "the watch that was opened under the old key goes on");
    label = value?.object.metadata.labels?.["under"] ?? "";
  }
  const messages = (await client.list(CertificateSigningRequest)).items.map(
    ({ status }) => status.conditions?.[0]?.message,
  );
  assert.deepEqual(messages.toSorted(), [
    "Auto approving kubelet serving certificate for the addresses the cluster gave the node.",
    "Auto approving self kubelet client certificate after SubjectAccessReview.",
  ]);
  assert.deepEqual(complaints, []);
});
