import { equalJson, isJsonObject } from "../json.ts";
import type { FieldError } from "../schema/errors.ts";
import { reportOf } from "./report.ts";

interface Checked {
  readonly metadata: { readonly resourceVersion?: string | undefined };
  readonly data?: unknown;
  readonly revision: number;
}

export function validateControllerRevision({ metadata, data, revision }: Checked): FieldError[] {
  return reportOf((report) => {
    report.nonNegative("revision", revision);
    if (metadata.resourceVersion) return;
    if (data === undefined || data === null) report.required("data", "data is mandatory");
    else if (!isJsonObject(data)) report.required("data", "data must be a valid JSON object");
  });
}

export function validateControllerRevisionUpdate(next: Checked, previous: Checked): FieldError[] {
  return reportOf((report) => report.immutable("data", next.data, equalJson(next.data, previous.data)));
}
