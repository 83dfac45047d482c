/**
 * The validation of any kind: its metadata, then what the kind itself asks. All return what is wrong, in Kubernetes'
 * words and order; nothing when the object is well. Objects are complete (defaults filled).
 */

import type { AnyKind, KubeObject } from "../object.ts";
import type { Part } from "../schema/kind.ts";
import type { FieldError } from "../schema/errors.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import { NAME_RULES, checkObjectMeta, checkObjectMetaUpdate, checkOwnedFinalizers } from "./object_meta.ts";
import { reportOf } from "./report.ts";

type ValidatedKind = Pick<
  AnyKind,
  "scope" | "nameRule" | "finalizerRule" | "validate" | "revalidate" | "validateUpdate" | "validateStatusUpdate"
>;

function metadataErrors(kind: ValidatedKind, metadata: ObjectMeta): FieldError[] {
  const namespaced = kind.scope === "Namespaced";
  const nameRule = NAME_RULES[kind.nameRule ?? "dnsSubdomain"];
  return reportOf((report) => {
    checkObjectMeta(report, "metadata", metadata, { namespaced, nameRule });
    if (kind.finalizerRule !== "anyName") checkOwnedFinalizers(report, "metadata", metadata);
  });
}

function metadataUpdateErrors(kind: ValidatedKind, next: ObjectMeta, previous: ObjectMeta): FieldError[] {
  return reportOf((report) => {
    checkObjectMetaUpdate(report, "metadata", next, previous);
    if (kind.finalizerRule !== "anyName") checkOwnedFinalizers(report, "metadata", next);
  });
}

/** Checks an object to be created. Its resourceVersion must be empty: that tells creation from update. */
export function validateCreate(kind: ValidatedKind, object: KubeObject): FieldError[] {
  return [...metadataErrors(kind, object.metadata), ...(kind.validate?.(object) ?? [])];
}

/** Checks an object that is to replace another. Its resourceVersion must be set. */
export function validateUpdate(kind: ValidatedKind, next: KubeObject, previous: KubeObject): FieldError[] {
  const errors = [
    ...metadataUpdateErrors(kind, next.metadata, previous.metadata),
    ...(kind.revalidate ? kind.revalidate(next, previous) : (kind.validate?.(next) ?? [])),
    ...(kind.validateUpdate?.(next, previous) ?? []),
  ];
  return withoutRepeats(errors);
}

/** Checks an object whose status is to be replaced. */
export function validateStatusUpdate(kind: ValidatedKind, next: KubeObject, previous: KubeObject): FieldError[] {
  return withoutRepeats([
    ...metadataUpdateErrors(kind, next.metadata, previous.metadata),
    ...(kind.validateStatusUpdate?.(next, previous) ?? []),
  ]);
}

/** Checks an object of which one part is to be replaced. */
export function validatePartUpdate(
  kind: ValidatedKind,
  part: Part<KubeObject>,
  next: KubeObject,
  previous: KubeObject,
): FieldError[] {
  return withoutRepeats([
    ...metadataUpdateErrors(kind, next.metadata, previous.metadata),
    ...part.validate(next, previous),
  ]);
}

/** What two checks both found is said once. */
function withoutRepeats(errors: readonly FieldError[]): FieldError[] {
  const seen = new Set<string>();
  return errors.filter(({ field, message }) => {
    const id = `${field}: ${message}`;
    return !seen.has(id) && seen.add(id);
  });
}
