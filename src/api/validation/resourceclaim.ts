import { equalJson } from "../json.ts";
import type { FieldError } from "../schema/errors.ts";
import { reportOf } from "./report.ts";

interface HasSpec {
  readonly spec: unknown;
}

/** What was asked for stays. */
export function validateResourceClaimUpdate({ spec }: HasSpec, previous: HasSpec): FieldError[] {
  return reportOf((report) => report.immutable("spec", spec, equalJson(spec, previous.spec)));
}

export function validateResourceClaimTemplateUpdate(next: HasSpec, previous: HasSpec): FieldError[] {
  return validateResourceClaimUpdate(next, previous);
}

interface Slice {
  readonly spec: {
    readonly driver: string;
    readonly nodeName?: string | undefined;
    readonly pool: { readonly name: string };
  };
}

/** A slice keeps its driver, node and pool. */
export function validateResourceSliceUpdate({ spec }: Slice, { spec: before }: Slice): FieldError[] {
  return reportOf((report) => {
    report.immutable("spec.driver", spec.driver, spec.driver === before.driver);
    report.immutable("spec.nodeName", spec.nodeName ?? null, spec.nodeName === before.nodeName);
    report.immutable("spec.pool.name", spec.pool.name, spec.pool.name === before.pool.name);
  });
}
