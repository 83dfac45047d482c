import type { APIServiceSpec } from "../apiregistration/apiservice.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { FieldError } from "../schema/errors.ts";
import { dns1035Label, dnsSubdomain } from "./names.ts";
import { reportOf } from "./report.ts";

const GROUP_PRIORITY_MAX = 20_000;
const VERSION_PRIORITY_MAX = 1000;

interface Checked {
  readonly metadata: ObjectMeta;
  readonly spec: APIServiceSpec;
}

export function validateAPIService({ metadata, spec }: Checked): FieldError[] {
  const { group = "", version = "", groupPriorityMinimum, versionPriority, service } = spec;
  return reportOf((report) => {
    const wanted = `${version}.${group}`;
    if (metadata.name && metadata.name !== wanted) {
      report.invalid("metadata.name", metadata.name, `must be \`spec.version+"."+spec.group\`: "${wanted}"`);
    }
    // Only the core group has no name, and only this server serves it.
    if (group !== "" || version !== "v1") report.check("spec.group", group, dnsSubdomain);
    report.check("spec.version", version, dns1035Label);
    const between = (path: string, value: number, max: number) => {
      if (value <= 0 || value > max) report.invalid(path, value, `must be positive and less than ${max}`);
    };
    between("spec.groupPriorityMinimum", groupPriorityMinimum, GROUP_PRIORITY_MAX);
    between("spec.versionPriority", versionPriority, VERSION_PRIORITY_MAX);
    if (!service) {
      if (spec.caBundle) report.invalid("spec.caBundle", spec.caBundle, "local APIServices may not have a caBundle");
      if (spec.insecureSkipTLSVerify) {
        report.invalid("spec.insecureSkipTLSVerify", true, "local APIServices may not have insecureSkipTLSVerify");
      }
      return;
    }
    if (!service.namespace) report.required("spec.service.namespace");
    if (!service.name) report.required("spec.service.name");
    if (service.port < 1 || service.port > 65_535) {
      report.invalid("spec.service.port", service.port, "port is not valid: must be between 1 and 65535, inclusive");
    }
    if (spec.insecureSkipTLSVerify && spec.caBundle) {
      report.invalid("spec.insecureSkipTLSVerify", true, "may not be true if caBundle is present");
    }
  });
}
