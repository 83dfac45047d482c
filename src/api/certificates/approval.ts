import { equalJson } from "../json.ts";
import { forbiddenError, invalidError, type FieldError } from "../schema/errors.ts";
import type { Part } from "../schema/kind.ts";
import { formatTime } from "../time.ts";
import type {
  CertificateSigningRequestCondition,
  CertificateSigningRequestSpec,
  CertificateSigningRequestStatus,
} from "./certificatesigningrequest.ts";

/*
 * Who may change what in a request's status (certificates/certificates strategy.go, apis/certificates validation.go):
 * approvers say yes or no, signers the rest.
 */

interface Request {
  spec: CertificateSigningRequestSpec;
  status: CertificateSigningRequestStatus;
}

const DECISIONS: readonly string[] = ["Approved", "Denied"];
const LASTING: readonly string[] = [...DECISIONS, "Failed"];

const CONDITIONS = "status.conditions";

function ofType(request: Request, type: string): CertificateSigningRequestCondition[] {
  return (request.status.conditions ?? []).filter((condition) => condition.type === type);
}

/** Says of conditions when they came, where the client does not. */
function stamp(next: Request, previous: Request, nowMs: number): void {
  const now = formatTime(nowMs);
  for (const condition of next.status.conditions ?? []) {
    const before = ofType(previous, condition.type).find(({ status }) => status === condition.status);
    condition.lastUpdateTime ??= now;
    condition.lastTransitionTime ??= before?.lastTransitionTime ?? now;
  }
}

/** Approvals change conditions alone. */
export const APPROVAL: Part<Request> = {
  prepare(next, previous, nowMs) {
    stamp(next, previous, nowMs);
    next.spec = previous.spec;
    const { certificate: _, ...status } = next.status;
    const { certificate } = previous.status;
    next.status = { ...status, ...(certificate !== undefined && { certificate }) };
  },
  validate: (next, previous) => [...exclusive(next), ...removed(next, previous)],
};

/** The status is a signer's: it takes over what approvers said. */
export function prepareRequestStatus(next: Request, previous: Request, nowMs: number): void {
  const others = (next.status.conditions ?? []).filter(({ type }) => !DECISIONS.includes(type));
  const decided = (previous.status.conditions ?? []).filter(({ type }) => DECISIONS.includes(type));
  const conditions = [...decided, ...others];
  if (conditions.length > 0) next.status.conditions = conditions;
  else delete next.status.conditions;
  stamp(next, previous, nowMs);
}

export function validateRequestStatus(next: Request, previous: Request): FieldError[] {
  const { certificate = "" } = previous.status;
  const isReissued = certificate !== "" && !equalJson(next.status.certificate, certificate);
  const why = "updates may not modify existing certificate content";
  return [...removed(next, previous), ...(isReissued ? [forbiddenError("status.certificate", why)] : [])];
}

function exclusive(request: Request): FieldError[] {
  const conditions = request.status.conditions ?? [];
  if (!DECISIONS.every((decision) => conditions.some(({ type }) => type === decision))) return [];
  const at = conditions.findLastIndex(({ type }) => DECISIONS.includes(type));
  const why = "Approved and Denied conditions are mutually exclusive";
  return [invalidError(`${CONDITIONS}[${at}].type`, conditions[at]?.type, why)];
}

function removed(next: Request, previous: Request): FieldError[] {
  return LASTING.filter((type) => ofType(next, type).length < ofType(previous, type).length).map((type) =>
    forbiddenError(CONDITIONS, `updates may not remove a condition of type ${JSON.stringify(type)}`),
  );
}
