import type { IngressClassParametersReference, IngressClassSpec } from "../networking/ingressclass.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkDomainPath } from "./domain_path.ts";
import { checkSegment } from "./ingress.ts";
import { byteLength, dnsLabel, dnsSubdomain } from "./names.ts";
import { reportOf, type Report } from "./report.ts";

const CONTROLLER_BYTES_MAX = 250;
const SCOPES = ["Cluster", "Namespace"];

interface Checked {
  readonly spec: IngressClassSpec;
}

export function validateIngressClass({ spec: { controller = "", parameters } }: Checked): FieldError[] {
  return reportOf((report) => {
    if (byteLength(controller) > CONTROLLER_BYTES_MAX) report.tooLong("spec.controller", CONTROLLER_BYTES_MAX);
    checkDomainPath(report, "spec.controller", controller);
    if (parameters) checkParameters(report, "spec.parameters", parameters);
  });
}

function checkParameters(report: Report, path: string, parameters: IngressClassParametersReference): void {
  const { apiGroup, kind, name, scope, namespace } = parameters;
  if (apiGroup !== undefined) report.check(`${path}.apiGroup`, apiGroup, dnsSubdomain);
  checkSegment(report, `${path}.kind`, kind);
  checkSegment(report, `${path}.name`, name);
  if (scope === undefined) report.required(`${path}.scope`);
  else if (!SCOPES.includes(scope)) report.notSupported(`${path}.scope`, scope, SCOPES);
  else if (scope === "Cluster") {
    if (namespace !== undefined) report.forbidden(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'");
  } else if (namespace === undefined) {
    report.required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'");
  } else report.check(`${path}.namespace`, namespace, dnsLabel);
}

export function validateIngressClassUpdate({ spec }: Checked, previous: Checked): FieldError[] {
  const { controller = "" } = spec;
  return reportOf((report) =>
    report.immutable("spec.controller", controller, controller === (previous.spec.controller ?? "")),
  );
}
