import assert from "node:assert/strict";
import { test } from "node:test";
import type { CertificateSigningRequest } from "#api/certificates/certificatesigningrequest.ts";
import { formatTime } from "#api/time.ts";
import { doneAtMs } from "./certificatesigningrequest.ts";
import { judge, validityOf, type RequestFacts, type Verdict } from "./certificatesigningrequest_signers.ts";
import { NOW_MS } from "./fixtures.ts";

const NODE: RequestFacts = {
  commonName: "system:node:n1",
  organizations: ["system:nodes"],
  dnsNames: [],
  emailAddresses: [],
  uris: [],
  ipAddresses: [],
};
const SERVING = "kubernetes.io/kubelet-serving";
const KUBELET = "kubernetes.io/kube-apiserver-client-kubelet";
const CLIENT = "kubernetes.io/kube-apiserver-client";
const SERVES = ["digital signature", "server auth"];
const ASKS = ["digital signature", "client auth"];

const cases: { signer: string; request?: Partial<RequestFacts>; usages: string[]; verdict: Verdict }[] = [
  { signer: CLIENT, usages: ["client auth"], verdict: "signs" },
  { signer: CLIENT, usages: [...ASKS, "key encipherment"], verdict: "signs" },
  { signer: CLIENT, usages: ["client auth", "server auth"], verdict: "ignores" },
  { signer: CLIENT, usages: ["digital signature"], verdict: "ignores" },
  { signer: "example.com/mine", usages: ["client auth"], verdict: "ignores" },
  { signer: KUBELET, usages: ASKS, verdict: "signs" },
  { signer: KUBELET, usages: [...ASKS, "key encipherment"], verdict: "signs" },
  {
    signer: KUBELET,
    usages: SERVES,
    verdict: { fails: "usages did not match [digital signature client auth]" },
  },
  {
    signer: KUBELET,
    request: { organizations: ["system:masters"] },
    usages: ASKS,
    verdict: { fails: "subject organization is not system:nodes" },
  },
  {
    signer: KUBELET,
    request: { commonName: "root" },
    usages: ASKS,
    verdict: { fails: "subject common name does not begin with system:node:" },
  },
  {
    signer: KUBELET,
    request: { dnsNames: ["n1"] },
    usages: ASKS,
    verdict: { fails: "DNS subjectAltNames are not allowed" },
  },
  { signer: SERVING, usages: SERVES, verdict: { fails: "DNS or IP subjectAltName is required" } },
  { signer: SERVING, request: { ipAddresses: ["10.0.0.1"] }, usages: SERVES, verdict: "signs" },
  {
    signer: SERVING,
    request: { ipAddresses: ["10.0.0.1"], uris: ["spiffe://x"] },
    usages: SERVES,
    verdict: { fails: "URI subjectAltNames are not allowed" },
  },
];
for (const { signer, request, usages, verdict } of cases) {
  const shown = `${signer} ${JSON.stringify(request ?? {})} for ${usages.join(", ")}`;
  test(`judge(): ${shown}`, () => assert.deepEqual(judge(signer, { ...NODE, ...request }, usages), verdict));
}

test("a certificate lasts a year at most and ten minutes at least", () => {
  const minutes = (seconds: number | undefined) => (validityOf(seconds, NOW_MS).notAfterMs - NOW_MS) / 60_000;
  assert.equal(minutes(undefined), 365 * 24 * 60 - 5);
  assert.equal(minutes(10 ** 9), 365 * 24 * 60 - 5);
  assert.equal(minutes(60), 10);
  assert.equal(minutes(3600), 60);
  assert.equal(validityOf(3600, NOW_MS).notBeforeMs, NOW_MS - 300_000);
});

const HOUR = 3_600_000;
const lives: {
  name: string;
  condition?: string;
  certificate?: boolean;
  endHours?: number;
  hours: number | undefined;
}[] = [
  { name: "nobody decided", hours: 24 },
  { name: "denied", condition: "Denied", hours: 1 },
  { name: "failed", condition: "Failed", hours: 1 },
  { name: "approved and waiting for its signer", condition: "Approved", hours: undefined },
  { name: "issued", condition: "Approved", certificate: true, endHours: 99, hours: 1 },
  { name: "issued for a moment", condition: "Approved", certificate: true, endHours: 0.5, hours: 0.5 },
];
for (const c of lives) {
  test(`a request stays while it matters: ${c.name}`, () => {
    const lastUpdateTime = formatTime(NOW_MS);
    const csr = {
      metadata: { creationTimestamp: lastUpdateTime },
      status: {
        ...(c.condition && { conditions: [{ type: c.condition, status: "True", lastUpdateTime }] }),
        ...(c.certificate && { certificate: btoa("certificate") }),
      },
    } as unknown as CertificateSigningRequest;
    const dueMs = doneAtMs(csr, () => NOW_MS + (c.endHours ?? 0) * HOUR);
    assert.equal(dueMs === undefined ? undefined : (dueMs - NOW_MS) / HOUR, c.hours);
  });
}
