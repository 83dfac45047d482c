import { fromBase64 } from "#api/base64.ts";
import { SubjectAccessReview } from "#api/authorization/subjectaccessreview.ts";
import { CertificateSigningRequest } from "#api/certificates/certificatesigningrequest.ts";
import { formatTime } from "#api/time.ts";
import type { Client } from "#client/client.ts";
import { controller, type Controller } from "#client/controller.ts";
import type { CertificateSigner } from "./certificatesigningrequest.ts";
import { judge, NODE_PREFIX, type RequestFacts } from "./certificatesigningrequest_signers.ts";

const CLIENT = "kubernetes.io/kube-apiserver-client-kubelet";
const SERVING = "kubernetes.io/kubelet-serving";
const SIGNERS = [CLIENT, SERVING];

/** Why a request may be approved without a person, and what its sender must then be allowed to create. */
interface Approval {
  readonly message: string;
  /** Subresource of certificatesigningrequests; undefined where nothing but the request itself is looked at. */
  readonly permission?: string;
}

/**
 * Approves what nodes ask for: clients' certificates as kube-controller-manager does
 * (pkg/controller/certificates/approver), and beside those a node's own serving certificate.
 */
export function certificateApprovalController(signer: CertificateSigner): Controller<typeof CertificateSigningRequest> {
  return controller({
    name: "certificatesigningrequest-approving",
    for: CertificateSigningRequest,

    async reconcile(csr, { client, clock }) {
      const { spec, status } = csr;
      if (!SIGNERS.includes(spec.signerName) || status.certificate !== undefined || isDecided(csr)) return;
      for (const { message, permission } of groundsFor(csr, signer)) {
        if (permission !== undefined && !(await mayCreate(client, spec, permission))) continue;
        const lastUpdateTime = formatTime(clock.now());
        const approved = { type: "Approved", status: "True", reason: "AutoApproved", message, lastUpdateTime };
        const conditions = [...(status.conditions ?? []), approved];
        const decided = { ...csr, status: { ...status, conditions } };
        await client.update(CertificateSigningRequest, decided, { subresource: "approval" });
        return;
      }
    },
  });
}

/**
 * The grounds on which a request may be approved, best first. Pure.
 *
 * A node may be certified to serve only at addresses that the cluster itself gave it, not at those it says it has: else
 * whoever holds one node could speak as the API server.
 *
 * @param addressesOf A node's addresses; none for a node that was given none.
 */
export function approvalsFor(
  { signerName, username, usages = [] }: Pick<CertificateSigningRequest["spec"], "signerName" | "username" | "usages">,
  request: RequestFacts,
  addressesOf: (nodeName: string) => readonly string[],
): Approval[] {
  if (judge(signerName, request, usages) !== "signs") return [];
  const isOwn = username === request.commonName;
  if (signerName === CLIENT) {
    const own = {
      permission: "selfnodeclient",
      message: "Auto approving self kubelet client certificate after SubjectAccessReview.",
    };
    const other = {
      permission: "nodeclient",
      message: "Auto approving kubelet client certificate after SubjectAccessReview.",
    };
    return isOwn ? [own, other] : [other];
  }
  if (signerName !== SERVING || !isOwn || request.dnsNames.length > 0) return [];
  const given = addressesOf(request.commonName.slice(NODE_PREFIX.length));
  if (!request.ipAddresses.every((address) => given.includes(address))) return [];
  return [{ message: "Auto approving kubelet serving certificate for the addresses the cluster gave the node." }];
}

/** None for what is no request: that is for people to deny. */
function groundsFor({ spec }: CertificateSigningRequest, signer: CertificateSigner): Approval[] {
  try {
    const request = signer.read(new TextDecoder().decode(fromBase64(spec.request)));
    return approvalsFor(spec, request, (name) => signer.addressesOf(name));
  } catch {
    return [];
  }
}

function isDecided({ status }: CertificateSigningRequest): boolean {
  return status.conditions?.some(({ type }) => type === "Approved" || type === "Denied") ?? false;
}

async function mayCreate(
  client: Client,
  { username, groups, uid, extra }: CertificateSigningRequest["spec"],
  subresource: string,
): Promise<boolean> {
  const resourceAttributes = {
    group: "certificates.k8s.io",
    resource: "certificatesigningrequests",
    verb: "create",
    subresource,
  };
  const spec = { user: username, groups, uid, extra, resourceAttributes };
  return (await client.create(SubjectAccessReview, { spec })).status.allowed;
}
