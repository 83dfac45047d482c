import { fromBase64 } from "#api/base64.ts";
import { CertificateSigningRequest } from "#api/certificates/certificatesigningrequest.ts";
import type { AdmissionStep } from "../admission.ts";
import { MASTERS_GROUP } from "../authentication.ts";
import { forbidden } from "../status_error.ts";

const SIGNER = "kubernetes.io/kube-apiserver-client";

/**
 * Nobody becomes an administrator by a certificate he asks for (plugin/pkg/admission/certificates/subjectrestriction).
 *
 * @param read Reads a request (PEM); throws when it is none.
 */
export function certificateSubject(
  read: (request: string) => { readonly organizations: readonly string[] },
): AdmissionStep {
  return {
    name: "CertificateSubjectRestriction",
    validate({ operation, kind, object, name, subresource }) {
      if (operation !== "CREATE" || kind !== CertificateSigningRequest || subresource !== "") return;
      const { spec } = object as CertificateSigningRequest;
      if (spec.signerName !== SIGNER) return;
      let groups: readonly string[];
      try {
        groups = read(new TextDecoder().decode(fromBase64(spec.request))).organizations;
      } catch (error) {
        throw forbidden(kind, name, `failed to parse CSR: ${error instanceof Error ? error.message : error}`);
      }
      if (!groups.includes(MASTERS_GROUP)) return;
      throw forbidden(kind, name, `use of ${SIGNER} signer with ${MASTERS_GROUP} group is not allowed`);
    },
  };
}
