import assert from "node:assert/strict";
import { X509Certificate, createPrivateKey } from "node:crypto";
import { test } from "node:test";
import { createCertificateAuthority, createSigningRequest } from "./certificates.ts";
import {
  certificateEndMs,
  certificateLife,
  readSigningRequest,
  RequestError,
  signSigningRequest,
} from "./certificate_request.ts";
import { CLIENT_REQUEST, SERVING_REQUEST } from "./certificate_request_fixtures.ts";
import { extendedUsages, usageBits } from "./key_usages.ts";

const NOW = Date.UTC(2026, 0, 1);
const DAY = 24 * 3_600_000;
const VALID = { notBeforeMs: NOW, notAfterMs: NOW + DAY };

test("a request says who asks, and under which names", () => {
  assert.deepEqual(readSigningRequest(SERVING_REQUEST), {
    commonName: "system:node:n1",
    organizations: ["system:nodes"],
    dnsNames: ["n1.example.com"],
    emailAddresses: [],
    uris: [],
    ipAddresses: ["10.0.0.1"],
  });
  const { commonName, organizations } = readSigningRequest(CLIENT_REQUEST);
  assert.deepEqual([commonName, organizations], ["jane", ["dev", "ops"]]);
});

test("a certificate is for the key and the names of the request, and for the uses that were granted", () => {
  const authority = createCertificateAuthority({ commonName: "ca", now: NOW, days: 10 });
  const usages = ["digital signature", "key encipherment", "server auth"];
  const certificate = new X509Certificate(signSigningRequest(authority, SERVING_REQUEST, { usages, ...VALID }));
  assert.ok(certificate.checkIssued(new X509Certificate(authority.cert)));
  assert.ok(certificate.verify(new X509Certificate(authority.cert).publicKey));
  assert.equal(certificate.subject, "O=system:nodes\nCN=system:node:n1");
  assert.equal(certificate.subjectAltName, "DNS:n1.example.com, IP Address:10.0.0.1");
  assert.deepEqual(certificate.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
  assert.equal(certificate.ca, false);
  assert.equal(Date.parse(certificate.validTo), NOW + DAY);
  const client = signSigningRequest(authority, CLIENT_REQUEST, { usages: ["client auth"], ...VALID });
  assert.equal(new X509Certificate(client).publicKey.asymmetricKeyType, "rsa");
  assert.equal(certificateEndMs(client), NOW + DAY);
  assert.equal(certificateEndMs("none"), undefined);
});

test("a request of our own reads as it was meant, and its key fits what is signed", () => {
  const subject = { commonName: "system:node:n1", organizations: ["system:nodes"] };
  const named = createSigningRequest({ ...subject, dnsNames: ["n1"], ipAddresses: ["10.244.1.1", "fd00::1"] });
  assert.deepEqual(readSigningRequest(named.request), {
    ...subject,
    dnsNames: ["n1"],
    emailAddresses: [],
    uris: [],
    ipAddresses: ["10.244.1.1", "fd00:0:0:0:0:0:0:1"],
  });
  const { request, key } = createSigningRequest(subject);
  assert.deepEqual(readSigningRequest(request).ipAddresses, []);
  const authority = createCertificateAuthority({ commonName: "ca", now: NOW, days: 10 });
  const cert = signSigningRequest(authority, request, { usages: ["client auth"], ...VALID });
  assert.ok(new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)));
  assert.deepEqual(certificateLife(cert), { fromMs: NOW, untilMs: NOW + DAY });
});

test("what is no request, or was changed on the way, is refused", () => {
  const lines = CLIENT_REQUEST.split("\n");
  const body = Buffer.from(lines.slice(1, -2).join(""), "base64");
  const at = body.indexOf("jane");
  body.write("john", at);
  const forged = `${lines[0]}\n${body.toString("base64")}\n${lines.at(-2)}\n`;
  assert.throws(() => readSigningRequest(forged), {
    name: "RequestError",
    message: "the request is not signed by the key it names",
  });
  const cut = `${lines[0]}\n${body.subarray(0, 99).toString("base64")}\n${lines.at(-2)}\n`;
  for (const text of ["", "-----BEGIN CERTIFICATE-----", cut])
    assert.throws(() => readSigningRequest(text), RequestError);
});

test("usages become bits and identifiers", () => {
  assert.deepEqual(usageBits(["digital signature", "key encipherment"]), { bytes: Buffer.from([0xa0]), unused: 5 });
  assert.deepEqual(usageBits(["decipher only"]), { bytes: Buffer.from([0, 0x80]), unused: 7 });
  assert.equal(usageBits(["client auth"]), undefined);
  assert.deepEqual(extendedUsages(["email protection", "s/mime", "signing"]), ["1.3.6.1.5.5.7.3.4"]);
});
