import { base64OfText, fromBase64 } from "#api/base64.ts";
import { CertificateSigningRequest } from "#api/certificates/certificatesigningrequest.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import { createSigningRequest, type KeyPair } from "#sys/certificates.ts";

/** What a node asks to be certified for. */
export interface CertificateWish {
  readonly signerName: string;
  readonly usages: readonly string[];
  readonly nodeName: string;
  readonly ipAddresses?: readonly string[];
  /** How long it is to last; as long as the signer likes when not told. */
  readonly expirationSeconds?: number | undefined;
}

/** A node's certificate as a client of the API and of other nodes. */
export function clientWish(nodeName: string): CertificateWish {
  const signerName = "kubernetes.io/kube-apiserver-client-kubelet";
  return { signerName, usages: ["digital signature", "client auth"], nodeName };
}

/** A node's certificate as the server of its agent's door. */
export function servingWish(nodeName: string, ipAddresses: readonly string[]): CertificateWish {
  const signerName = "kubernetes.io/kubelet-serving";
  return { signerName, usages: ["digital signature", "server auth"], nodeName, ipAddresses };
}

/** How long somebody may take to approve and sign (kubelet's certificateWaitTimeout). */
const WAIT_MS = 15 * 60_000;

/**
 * Asks the API for a certificate of a new key, and waits until it is approved and signed.
 *
 * @throws {Error} When it is denied, fails, or takes longer than a quarter of an hour.
 */
export async function requestCertificate(client: Client, clock: Clock, wish: CertificateWish): Promise<KeyPair> {
  const { signerName, usages, nodeName, ipAddresses = [], expirationSeconds } = wish;
  const subject = { commonName: `system:node:${nodeName}`, organizations: ["system:nodes"], ipAddresses };
  const { request, key } = createSigningRequest(subject);
  const made = await client.create(CertificateSigningRequest, {
    metadata: { generateName: "csr-" },
    spec: {
      request: base64OfText(request),
      signerName,
      usages: [...usages],
      ...(expirationSeconds !== undefined && { expirationSeconds }),
    },
  });
  return { key, cert: await issued(client, clock, made) };
}

async function issued(client: Client, clock: Clock, made: CertificateSigningRequest): Promise<string> {
  const { name, resourceVersion } = made.metadata;
  const over = new AbortController();
  const timer = clock.after(WAIT_MS, () => over.abort());
  try {
    const options = { fieldSelector: `metadata.name=${name}`, resourceVersion, signal: over.signal };
    for await (const { type, object } of client.watch(CertificateSigningRequest, options)) {
      if (type === "DELETED") throw new Error(`certificate signing request ${name} was deleted`);
      const certificate = certificateIn(object);
      if (certificate !== undefined) return certificate;
    }
  } finally {
    timer.cancel();
    over.abort();
  }
  throw new Error(`certificate signing request ${name} was not answered in time`);
}

/** The certificate, once it is there. @throws {Error} When there will be none. */
function certificateIn({ metadata, status }: CertificateSigningRequest): string | undefined {
  for (const { type, reason, message } of status.conditions ?? []) {
    if (type === "Denied" || type === "Failed") {
      const verdict = type === "Denied" ? "is denied" : "failed";
      throw new Error(`certificate signing request ${metadata.name} ${verdict}: ${reason}: ${message}`);
    }
  }
  return status.certificate === undefined ? undefined : new TextDecoder().decode(fromBase64(status.certificate));
}
