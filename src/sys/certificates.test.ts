import assert from "node:assert/strict";
import { X509Certificate, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { connect, createServer } from "node:tls";
import { createCertificateAuthority, createServiceAccountKey, signCertificate } from "./certificates.ts";
import { elements, integer, oid, time } from "./der.ts";

const now = Date.UTC(2026, 0, 1);
const authority = createCertificateAuthority({ commonName: "knarr-ca", now, days: 3650 });
const server = signCertificate(authority, {
  commonName: "kube-apiserver",
  usages: ["server"],
  dnsNames: ["localhost", "kubernetes.default.svc"],
  ipAddresses: ["127.0.0.1", "10.96.0.1", "fd00::ffff:1.2.3.4", "::1"],
  now,
  days: 365,
});
const admin = signCertificate(authority, {
  commonName: "kubernetes-admin",
  organizations: ["system:masters", "zweite Gruppe äöü"],
  usages: ["client"],
  now,
  days: 365,
});

test("an authority signs itself and may sign others", () => {
  const certificate = new X509Certificate(authority.cert);
  assert.equal(certificate.ca, true);
  assert.equal(certificate.subject, "CN=knarr-ca");
  assert.ok(certificate.checkIssued(certificate));
  assert.ok(certificate.verify(certificate.publicKey));
  assert.ok(certificate.checkPrivateKey(createPrivateKey(authority.key)));
  assert.equal(certificate.validFromDate.getTime(), now - 3_600_000);
  assert.equal(certificate.validToDate.getTime(), now + 3650 * 86_400_000);
});

test("a server certificate names its hosts and addresses, and nothing else", () => {
  const certificate = new X509Certificate(server.cert);
  const issuer = new X509Certificate(authority.cert);
  assert.ok(certificate.checkIssued(issuer));
  assert.ok(certificate.verify(issuer.publicKey));
  assert.equal(certificate.ca, false);
  assert.deepEqual(certificate.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
  assert.equal(certificate.checkHost("kubernetes.default.svc"), "kubernetes.default.svc");
  assert.equal(certificate.checkHost("example.org"), undefined);
  for (const address of ["127.0.0.1", "10.96.0.1", "::1", "fd00::ffff:102:304"]) {
    assert.equal(certificate.checkIP(address), address);
  }
  assert.equal(certificate.checkIP("127.0.0.2"), undefined);
});

test("two certificates of one authority have different serial numbers and keys", () => {
  const [one, two] = [new X509Certificate(server.cert), new X509Certificate(admin.cert)];
  assert.notEqual(one.serialNumber, two.serialNumber);
  assert.notEqual(
    one.publicKey.export({ type: "spki", format: "pem" }),
    two.publicKey.export({ type: "spki", format: "pem" }),
  );
});

test("refuses an address that is none", () => {
  const request = { commonName: "x", usages: ["server"], ipAddresses: ["localhost"], now, days: 1 } as const;
  assert.throws(() => signCertificate(authority, request), /Cannot certify "localhost": not an IP address/);
});

test("both ends of a TLS connection accept the certificates", async () => {
  // OpenSSL compares with the machine's clock, so this one is valid now.
  const today = { now: Date.now(), days: 1 };
  const ca = createCertificateAuthority({ commonName: "ca", ...today });
  const serving = signCertificate(ca, { commonName: "s", usages: ["server"], ipAddresses: ["127.0.0.1"], ...today });
  const client = signCertificate(ca, { commonName: "u", organizations: ["a", "b"], usages: ["client"], ...today });
  const listener = createServer({ ...serving, ca: ca.cert, requestCert: true, rejectUnauthorized: true });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const accepted = once(listener, "secureConnection");
  const socket = connect({ port, host: "127.0.0.1", ca: ca.cert, ...client });
  await once(socket, "secureConnect");
  assert.equal(socket.authorized, true);
  const [served] = await accepted;
  assert.deepEqual({ ...served.getPeerCertificate().subject }, { CN: "u", O: ["a", "b"] });
  socket.destroy();
  served.destroy();
  listener.close();
});

test("the service account key signs what its public half verifies", () => {
  const keys = createServiceAccountKey();
  const signature = sign("sha256", Buffer.from("token"), createPrivateKey(keys.privateKey));
  assert.ok(verify("sha256", Buffer.from("token"), createPublicKey(keys.publicKey), signature));
});

const encodings = [
  { name: "an identifier with a long arc", value: oid("1.2.840.10045.4.3.2"), hex: "06082a8648ce3d040302" },
  { name: "an integer with its top bit set", value: integer(Buffer.from([0x80])), hex: "02020080" },
  { name: "an integer with leading zeros", value: integer(Buffer.from([0, 0, 5])), hex: "020105" },
  { name: "a time of 2049", value: time(Date.UTC(2049, 11, 31, 23, 59, 59)), hex: "170d3439313233313233353935395a" },
  { name: "a time of 2050", value: time(Date.UTC(2050, 0, 1)), hex: "180f32303530303130313030303030305a" },
];
for (const c of encodings) {
  test(`DER writes ${c.name}`, () => assert.equal(c.value.toString("hex"), c.hex));
}

test("DER refuses lengths that lie", () => {
  for (const hex of ["3005", "30820100", "308001", "30850000000001"]) {
    assert.throws(() => elements(Buffer.from(hex, "hex")), RangeError, hex);
  }
});
