import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { isApiError } from "knarr";
import { base64OfText } from "#api/base64.ts";
import { CertificateSigningRequest } from "#api/certificates/certificatesigningrequest.ts";
import { CLIENT_REQUEST, SERVING_REQUEST } from "#sys/certificate_request_fixtures.ts";
import { Story } from "./story.ts";

async function ask(story: Story, name: string, request: string, signerName: string, usages: string[]) {
  const spec = { request: base64OfText(request), signerName, usages, expirationSeconds: 3600 };
  await story.cluster.client.create(CertificateSigningRequest, { metadata: { name }, spec });
}

async function decide(story: Story, name: string, type: "Approved" | "Denied"): Promise<void> {
  const { client, clock } = story.cluster;
  const csr = await client.get(CertificateSigningRequest, { name });
  const conditions = [{ type, status: "True", reason: "Told", message: "" }];
  await client.update(CertificateSigningRequest, { ...csr, status: { conditions } }, { subresource: "approval" });
  await clock.settle();
}

const requested = (story: Story, name: string) => story.cluster.client.get(CertificateSigningRequest, { name });

test("what is approved is signed, and cleared away an hour later", async () => {
  await using story = await Story.begin({ nodes: 1 });
  await ask(story, "jane", CLIENT_REQUEST, "kubernetes.io/kube-apiserver-client", ["client auth"]);
  await story.cluster.clock.advance("1m");
  assert.equal((await requested(story, "jane")).status.certificate, undefined);
  await decide(story, "jane", "Approved");
  const { certificate = "" } = (await requested(story, "jane")).status;
  assert.match(new X509Certificate(Buffer.from(certificate, "base64")).subject, /CN=jane/);
  await story.cluster.clock.advance("59m");
  await requested(story, "jane");
  await story.cluster.clock.advance("2m");
  await assert.rejects(requested(story, "jane"), (error) => isApiError(error, "NotFound"));
});

test("what is denied is not signed, and what a signer refuses says why", async () => {
  await using story = await Story.begin({ nodes: 1 });
  await ask(story, "jane", CLIENT_REQUEST, "kubernetes.io/kube-apiserver-client", ["client auth"]);
  await decide(story, "jane", "Denied");
  assert.equal((await requested(story, "jane")).status.certificate, undefined);
  await ask(story, "node", SERVING_REQUEST, "kubernetes.io/kubelet-serving", ["client auth"]);
  await decide(story, "node", "Approved");
  const failed = (await requested(story, "node")).status.conditions?.find(({ type }) => type === "Failed");
  assert.equal(failed?.reason, "SignerValidationFailure");
  assert.equal(failed?.message, "usages did not match [digital signature server auth]");
});
