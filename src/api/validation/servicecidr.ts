import type { ServiceCIDRSpec } from "../networking/servicecidr.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkCidr, ipFamily } from "./ip.ts";
import { reportOf } from "./report.ts";

interface Checked {
  readonly spec: ServiceCIDRSpec;
}

const familyOf = (cidr = "") => ipFamily(cidr.split("/")[0] ?? "");

export function validateServiceCIDR({ spec }: Checked): FieldError[] {
  const { cidrs = [] } = spec;
  return reportOf((report) => {
    const path = "spec.cidrs";
    if (cidrs.length === 0) report.required(path, "at least one CIDR required");
    else if (cidrs.length > 2) report.invalid(path, spec, "may only hold up to 2 values");
    else {
      for (const [i, cidr] of cidrs.entries()) checkCidr(report, `${path}[${i}]`, cidr);
      const family = familyOf(cidrs[0]);
      if (cidrs.length === 2 && family !== undefined && family === familyOf(cidrs[1])) {
        const rule = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
        report.invalid(path, cidrs, rule);
      }
    }
  });
}

/** A second range may be added, of the other family; what is there stays. */
export function validateServiceCIDRUpdate(next: Checked, previous: Checked): FieldError[] {
  const [cidrs, before] = [next.spec.cidrs ?? [], previous.spec.cidrs ?? []];
  return reportOf((report) => {
    const isExtended = before.length === 1 && cidrs.length === 2;
    if (cidrs.length !== before.length && !isExtended) report.invalid("spec.cidrs", cidrs, "field is immutable");
    else {
      for (const [i, cidr] of before.entries()) report.immutable(`spec.cidrs[${i}]`, cidrs[i], cidrs[i] === cidr);
    }
  });
}
