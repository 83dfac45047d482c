import { AGE, NAME, column } from "../columns.ts";
import { humanDuration } from "../human_duration.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { Column } from "../schema/kind.ts";
import type { CertificateSigningRequestSpec, CertificateSigningRequestStatus } from "./certificatesigningrequest.ts";

interface RequestLike {
  readonly metadata: ObjectMeta;
  readonly spec: CertificateSigningRequestSpec;
  readonly status: CertificateSigningRequestStatus;
}

/** What was decided, and what came of it. */
function conditionText({ status }: RequestLike): string {
  const has = (type: string) => status.conditions?.some((condition) => condition.type === type) ?? false;
  const decided = has("Denied") ? "Denied" : has("Approved") ? "Approved" : "Pending";
  return [decided, ...(has("Failed") ? ["Failed"] : []), ...(status.certificate ? ["Issued"] : [])].join(",");
}

export const REQUEST_COLUMNS: readonly Column<RequestLike>[] = [
  NAME,
  AGE,
  column("SignerName", "string", "Who is to sign.", ({ spec }) => spec.signerName || "<none>"),
  column("Requestor", "string", "Who asked.", ({ spec }) => spec.username ?? ""),
  column("RequestedDuration", "string", "How long it is to be good for.", ({ spec: { expirationSeconds } }) =>
    expirationSeconds === undefined ? "<none>" : humanDuration(expirationSeconds * 1000),
  ),
  column("Condition", "string", "What was decided.", conditionText),
];
