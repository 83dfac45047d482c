import { equalJson } from "../json.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { IPAddressSpec } from "../networking/ipaddress.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkSegment } from "./ingress.ts";
import { checkIp } from "./ip.ts";
import { dnsSubdomain, pathSegment } from "./names.ts";
import { reportOf } from "./report.ts";

interface Checked {
  readonly metadata: ObjectMeta;
  readonly spec: IPAddressSpec;
}

export function validateIPAddress({ metadata: { name }, spec: { parentRef } }: Checked): FieldError[] {
  return reportOf((report) => {
    if (name) checkIp(report, "metadata.name", name);
    const path = "spec.parentRef";
    if (!parentRef) {
      report.required(path);
      return;
    }
    const { group, resource, name: parent, namespace } = parentRef;
    if (group) report.check(`${path}.group`, group, dnsSubdomain);
    checkSegment(report, `${path}.resource`, resource);
    checkSegment(report, `${path}.name`, parent);
    if (namespace) report.check(`${path}.namespace`, namespace, pathSegment);
  });
}

export function validateIPAddressUpdate({ spec: { parentRef } }: Checked, previous: Checked): FieldError[] {
  const isSame = equalJson(parentRef, previous.spec.parentRef);
  return reportOf((report) => report.immutable("spec.parentRef", parentRef, isSame));
}
