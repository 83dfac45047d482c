import { fromBase64 } from "../base64.ts";
import { CertificateSigningRequestSpec } from "../certificates/certificatesigningrequest.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkDeclared } from "./declared.ts";
import { dnsSubdomain } from "./names.ts";
import { reportOf, type Report } from "./report.ts";

const EXPIRATION_SECONDS_MIN = 600;
const PEM = /-----BEGIN CERTIFICATE REQUEST-----[\s\S]+?-----END CERTIFICATE REQUEST-----/;

export function validateCertificateSigningRequest({
  spec,
}: {
  readonly spec: CertificateSigningRequestSpec;
}): FieldError[] {
  const { request, usages = [], signerName, expirationSeconds: seconds } = spec;
  return reportOf((report) => {
    const text = new TextDecoder().decode(fromBase64(request));
    if (!PEM.test(text)) report.invalid("spec.request", request, "PEM block type must be CERTIFICATE REQUEST");
    if (usages.length === 0) report.required("spec.usages");
    checkDeclared(report, "spec", CertificateSigningRequestSpec, {
      ...spec,
      request: request || "AA==",
      signerName: "x",
    });
    checkSignerName(report, "spec.signerName", signerName);
    if (seconds !== undefined && seconds < EXPIRATION_SECONDS_MIN) {
      const rule = `may not specify a duration less than ${EXPIRATION_SECONDS_MIN} seconds (10 minutes)`;
      report.invalid("spec.expirationSeconds", seconds, rule);
    }
  });
}

/** A domain, a slash and a path, as in `kubernetes.io/kubelet-serving`. */
function checkSignerName(report: Report, path: string, name: string): void {
  if (name === "") {
    report.required(path);
    return;
  }
  const [domain = "", ...rest] = name.split("/");
  if (rest.length !== 1) {
    report.invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'");
    return;
  }
  report.check(path, domain, dnsSubdomain);
  if (!domain.includes("."))
    report.invalid(path, domain, "should be a domain with at least two segments separated by dots");
  report.check(path, rest[0] ?? "", dnsSubdomain);
}
