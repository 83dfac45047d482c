/** What somebody asks to have certified, as far as signers look at it. */
export interface RequestFacts {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uris: readonly string[];
  readonly ipAddresses: readonly string[];
}

const NODES_GROUP = "system:nodes";
export const NODE_PREFIX = "system:node:";
const SIGNATURE = "digital signature";
const ENCIPHERMENT = "key encipherment";

/** Whether a signer takes a request: it does, it leaves it alone, or it says what is wrong with it. */
export type Verdict = "signs" | "ignores" | { readonly fails: string };

type Rule = (request: RequestFacts, usages: readonly string[]) => Verdict;

/** Signers of the cluster's own authority (kube-controller-manager, pkg/controller/certificates/signer). */
const SIGNERS: Readonly<Record<string, Rule>> = {
  "kubernetes.io/kube-apiserver-client": (_request, usages) => {
    const isKnown = usages.every((usage) => [SIGNATURE, ENCIPHERMENT, "client auth"].includes(usage));
    return isKnown && usages.includes("client auth") ? "signs" : "ignores";
  },
  "kubernetes.io/kube-apiserver-client-kubelet": (request, usages) =>
    verdict([
      ofNodes(request),
      request.dnsNames.length > 0 ? "DNS subjectAltNames are not allowed" : undefined,
      request.emailAddresses.length > 0 ? "Email subjectAltNames are not allowed" : undefined,
      request.ipAddresses.length > 0 ? "IP subjectAltNames are not allowed" : undefined,
      request.uris.length > 0 ? "URI subjectAltNames are not allowed" : undefined,
      named(request),
      exactly(usages, "client auth"),
    ]),
  "kubernetes.io/kubelet-serving": (request, usages) =>
    verdict([
      ofNodes(request),
      request.dnsNames.length + request.ipAddresses.length === 0 ? "DNS or IP subjectAltName is required" : undefined,
      request.emailAddresses.length > 0 ? "Email subjectAltNames are not allowed" : undefined,
      request.uris.length > 0 ? "URI subjectAltNames are not allowed" : undefined,
      exactly(usages, "server auth"),
      named(request),
    ]),
  "kubernetes.io/legacy-unknown": () => "signs",
};

/** What the cluster's own signers make of a request. Other signers are other people's. Pure. */
export function judge(signerName: string, request: RequestFacts, usages: readonly string[]): Verdict {
  return isOwnSigner(signerName) ? (SIGNERS[signerName]?.(request, usages) ?? "ignores") : "ignores";
}

export function isOwnSigner(signerName: string): boolean {
  return Object.hasOwn(SIGNERS, signerName);
}

function verdict(problems: readonly (string | undefined)[]): Verdict {
  const fails = problems.find((problem) => problem !== undefined);
  return fails === undefined ? "signs" : { fails };
}

function ofNodes({ organizations }: RequestFacts): string | undefined {
  const isOne = organizations.length === 1 && organizations[0] === NODES_GROUP;
  return isOne ? undefined : `subject organization is not ${NODES_GROUP}`;
}

function named({ commonName }: RequestFacts): string | undefined {
  return commonName.startsWith(NODE_PREFIX) ? undefined : `subject common name does not begin with ${NODE_PREFIX}`;
}

/** Signing and one purpose; enciphering keys is for keys that can. */
function exactly(usages: readonly string[], purpose: string): string | undefined {
  const asked = new Set(usages);
  const least = [SIGNATURE, purpose];
  const size = least.length + (asked.has(ENCIPHERMENT) ? 1 : 0);
  if (asked.size === size && least.every((usage) => asked.has(usage))) return undefined;
  return `usages did not match [${least.join(" ")}]`;
}

const MINUTE_MS = 60_000;
/** kube-controller-manager --cluster-signing-duration. */
const DURATION_SECONDS_MAX = 365 * 24 * 3600;
const DURATION_SECONDS_MIN = 600;
/** A certificate begins a little before, for clocks that lag; one that lasts long ends that much earlier. */
const BACKDATE_MS = 5 * MINUTE_MS;
const SHORT_MS = 8 * 60 * MINUTE_MS;

/** From when to when a certificate is good. */
export function validityOf(seconds: number | undefined, nowMs: number) {
  const bounded = Math.min(Math.max(seconds ?? DURATION_SECONDS_MAX, DURATION_SECONDS_MIN), DURATION_SECONDS_MAX);
  const lastsMs = bounded * 1000;
  return {
    notBeforeMs: nowMs - BACKDATE_MS,
    notAfterMs: nowMs + lastsMs - (lastsMs < SHORT_MS ? 0 : BACKDATE_MS),
  };
}
