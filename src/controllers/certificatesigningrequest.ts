import { base64OfText, fromBase64 } from "#api/base64.ts";
import { CertificateSigningRequest } from "#api/certificates/certificatesigningrequest.ts";
import { formatTime, parseTime } from "#api/time.ts";
import { isApiError } from "#client/client.ts";
import { controller, type Controller } from "#client/controller.ts";
import { isOwnSigner, judge, validityOf, type RequestFacts } from "./certificatesigningrequest_signers.ts";

/** The cluster's authority, as the controllers reach it. */
export interface CertificateSigner {
  /** @throws {Error} When the text is no request, or is not signed by its own key. */
  read(request: string): RequestFacts;
  /** A certificate for what was asked for, PEM. */
  sign(
    request: string,
    options: { readonly usages: readonly string[]; readonly notBeforeMs: number; readonly notAfterMs: number },
  ): string;
  /** When a certificate ends; undefined for what is none. */
  endMs(certificate: string): number | undefined;
  /** The addresses that the cluster gave a node to serve at. */
  addressesOf(nodeName: string): readonly string[];
}

/** Signs what was approved, for the signers that are the cluster's own. */
export function certificateSigningController(signer: CertificateSigner): Controller<typeof CertificateSigningRequest> {
  return controller({
    name: "certificatesigningrequest-signing",
    component: "certificate-controller",
    for: CertificateSigningRequest,

    async reconcile(csr, { client, clock }) {
      const { spec, status } = csr;
      const isWaiting = is(csr, "Approved") && !is(csr, "Failed") && status.certificate === undefined;
      if (!isWaiting || !isOwnSigner(spec.signerName)) return;
      const request = new TextDecoder().decode(fromBase64(spec.request));
      const verdict = judge(spec.signerName, signer.read(request), spec.usages ?? []);
      if (verdict === "ignores") return;
      if (verdict === "signs") {
        const validity = validityOf(spec.expirationSeconds, clock.now());
        const certificate = base64OfText(signer.sign(request, { usages: spec.usages ?? [], ...validity }));
        await client.updateStatus(CertificateSigningRequest, { ...csr, status: { ...status, certificate } });
        return;
      }
      const failed = {
        type: "Failed",
        status: "True",
        reason: "SignerValidationFailure",
        message: verdict.fails,
        lastUpdateTime: formatTime(clock.now()),
      };
      const conditions = [...(status.conditions ?? []), failed];
      await client.updateStatus(CertificateSigningRequest, { ...csr, status: { ...status, conditions } });
    },
  });
}

function is({ status }: CertificateSigningRequest, type: string): boolean {
  return status.conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;
}

const HOUR_MS = 3_600_000;
/** How long requests stay (pkg/controller/certificates/cleaner). */
const KEPT = { decidedMs: HOUR_MS, pendingMs: 24 * HOUR_MS } as const;

/** Takes away requests that are done with: decided an hour ago, or not at all within a day. */
export function certificateCleaner(endMs: CertificateSigner["endMs"]): Controller<typeof CertificateSigningRequest> {
  return controller({
    name: "certificatesigningrequest-cleaner",
    for: CertificateSigningRequest,

    async reconcile(csr, { client, clock }) {
      const { name, uid } = csr.metadata;
      const dueMs = doneAtMs(csr, endMs);
      if (dueMs === undefined) return undefined;
      if (clock.now() < dueMs) return { requeueAfterMs: dueMs - clock.now() };
      try {
        await client.delete(CertificateSigningRequest, { name }, { preconditions: { uid } });
      } catch (error) {
        if (!isApiError(error, "NotFound")) throw error;
      }
      return undefined;
    },
  });
}

/** When a request has been there long enough; undefined for one that still waits for its certificate. Pure. */
export function doneAtMs(csr: CertificateSigningRequest, endMs: CertificateSigner["endMs"]): number | undefined {
  const { metadata, status } = csr;
  const { conditions = [], certificate } = status;
  const createdMs = parseTime(metadata.creationTimestamp ?? "");
  if (conditions.length === 0 && certificate === undefined) return createdMs + KEPT.pendingMs;
  const ends = conditions.flatMap(({ type, lastUpdateTime }) => {
    const isDone = type === "Denied" || type === "Failed" || (type === "Approved" && certificate !== undefined);
    if (!isDone) return [];
    return [(lastUpdateTime === undefined ? createdMs : parseTime(lastUpdateTime)) + KEPT.decidedMs];
  });
  const over = certificate === undefined ? undefined : endMs(new TextDecoder().decode(fromBase64(certificate)));
  if (over !== undefined) ends.push(over);
  return ends.length > 0 ? Math.min(...ends) : undefined;
}
