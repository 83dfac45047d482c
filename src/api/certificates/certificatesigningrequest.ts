import type { ValueOf } from "../schema/schema.ts";
import { ClusterMeta } from "../meta/object_meta.ts";
import { EXTRA_VALUE, STRING, bytes, int32, list, map, of, string, time } from "../schema/field.ts";
import { REQUEST_COLUMNS } from "./request_columns.ts";
import { APPROVAL, prepareRequestStatus, validateRequestStatus } from "./approval.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateCertificateSigningRequest } from "../validation/certificatesigningrequest.ts";

export const CertificateSigningRequestSpec = object("io.k8s.api.certificates.v1.CertificateSigningRequestSpec", {
  request: bytes(1, { required: true, always: true }),
  signerName: string(7, { required: true, always: true }),
  expirationSeconds: int32(8, { ptr: true }),
  usages: list(5, STRING, {
    enum: [
      "any",
      "cert sign",
      "client auth",
      "code signing",
      "content commitment",
      "crl sign",
      "data encipherment",
      "decipher only",
      "digital signature",
      "email protection",
      "encipher only",
      "ipsec end system",
      "ipsec tunnel",
      "ipsec user",
      "key agreement",
      "key encipherment",
      "microsoft sgc",
      "netscape sgc",
      "ocsp signing",
      "s/mime",
      "server auth",
      "signing",
      "timestamping",
    ],
  }),
  username: string(2),
  uid: string(3),
  groups: list(4, STRING),
  extra: map(6, EXTRA_VALUE),
});
export interface CertificateSigningRequestSpec extends ValueOf<typeof CertificateSigningRequestSpec> {}

export const CertificateSigningRequestCondition = object(
  "io.k8s.api.certificates.v1.CertificateSigningRequestCondition",
  {
    type: string(1, { required: true, always: true }),
    status: string(6, { required: true, always: true }),
    reason: string(2),
    message: string(3),
    lastUpdateTime: time(4),
    lastTransitionTime: time(5),
  },
);
export interface CertificateSigningRequestCondition extends ValueOf<typeof CertificateSigningRequestCondition> {}

export const CertificateSigningRequestStatus = object("io.k8s.api.certificates.v1.CertificateSigningRequestStatus", {
  conditions: list(1, CertificateSigningRequestCondition, { mapKeys: ["type"] }),
  certificate: bytes(2),
});
export interface CertificateSigningRequestStatus extends ValueOf<typeof CertificateSigningRequestStatus> {}

/** Asks a signer for a certificate, and carries what was decided. */
export const CertificateSigningRequest = kind(
  "io.k8s.api.certificates.v1.CertificateSigningRequest",
  {
    group: "certificates.k8s.io",
    version: "v1",
    kind: "CertificateSigningRequest",
    plural: "certificatesigningrequests",
    scope: "Cluster",
  },
  {
    metadata: of(1, ClusterMeta),
    spec: of(2, CertificateSigningRequestSpec, { required: true }),
    status: of(3, CertificateSigningRequestStatus),
  },
  {
    shortNames: ["csr"],
    subresources: {
      approval: {
        kind: "CertificateSigningRequest",
        group: "certificates.k8s.io",
        version: "v1",
        verbs: ["get", "patch", "update"],
      },
      status: {
        kind: "CertificateSigningRequest",
        group: "certificates.k8s.io",
        version: "v1",
        verbs: ["get", "patch", "update"],
      },
    },
    selectableFields: { "spec.signerName": ({ spec }) => spec.signerName },
    prepare(next, previous) {
      if (previous) next.spec = previous.spec;
    },
    prepareStatus: prepareRequestStatus,
    parts: { approval: APPROVAL },
    columns: REQUEST_COLUMNS,
    validate: validateCertificateSigningRequest,
    validateStatusUpdate: validateRequestStatus,
  },
);
export interface CertificateSigningRequest extends ObjectOf<typeof CertificateSigningRequest> {}
export type CertificateSigningRequestDraft = DraftObjectOf<typeof CertificateSigningRequest>;
