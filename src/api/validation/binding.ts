import type { ObjectReference } from "../core/reference.ts";
import type { FieldError } from "../schema/errors.ts";
import { reportOf } from "./report.ts";

export function validateBinding({ target }: { readonly target: ObjectReference }): FieldError[] {
  return reportOf((report) => {
    if (target.kind && target.kind !== "Node") report.notSupported("target.kind", target.kind, ["Node", "<empty>"]);
    if (!target.name) report.required("target.name");
  });
}
