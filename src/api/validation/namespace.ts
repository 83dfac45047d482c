import type { ObjectMeta } from "../meta/object_meta.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkFinalizer } from "./object_meta.ts";
import { reportOf } from "./report.ts";

interface CheckedNamespace {
  readonly metadata: ObjectMeta;
  readonly spec: { readonly finalizers?: readonly string[] | undefined };
  readonly status: { readonly phase?: string | undefined };
}

export function validateNamespace({ spec }: CheckedNamespace): FieldError[] {
  return reportOf((report) => {
    for (const finalizer of spec.finalizers ?? []) checkFinalizer(report, "spec.finalizers", finalizer);
  });
}

export function validateNamespaceStatusUpdate({ metadata, status }: CheckedNamespace): FieldError[] {
  return reportOf((report) => {
    const isDeleted = metadata.deletionTimestamp !== undefined;
    const wanted = isDeleted ? "Terminating" : "Active";
    if (status.phase === wanted) return;
    const rule = `may only be '${wanted}' if \`deletionTimestamp\` is ${isDeleted ? "not " : ""}empty`;
    report.invalid("status.Phase", status.phase ?? "", rule);
  });
}
