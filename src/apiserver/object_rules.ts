import { randomSuffix, type Random } from "#base/random.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { invalidError, requiredError, type FieldError } from "#api/schema/errors.ts";
import { dns1035Label, dnsLabel, dnsSubdomain, pathSegment } from "#api/validation/names.ts";
import { LIMITS } from "./limits.ts";

/** A name from `generateName` and five random characters. */
export function generatedName(base: string, random: Random): string {
  return base.slice(0, LIMITS.generateNameBaseMax) + randomSuffix(random, 5);
}

const NAME_RULES = { dnsSubdomain, dnsLabel, dns1035Label, pathSegment } as const;

/** What is wrong with the name of a new object. */
export function nameErrors(kind: AnyKind, object: KubeObject): FieldError[] {
  const { name = "" } = object.metadata;
  if (name === "") return [requiredError("metadata.name", "name or generateName is required")];
  const problems = NAME_RULES[kind.nameRule ?? "dnsSubdomain"](name);
  return problems.map((problem) => invalidError("metadata.name", name, problem));
}

/** What may never change (apimachinery validation.ValidateObjectMetaUpdate). */
export function immutableMetadataErrors(next: KubeObject, previous: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ["name", "namespace", "uid", "creationTimestamp"] as const) {
    const value = next.metadata[field];
    if (value === previous.metadata[field]) continue;
    errors.push(invalidError(`metadata.${field}`, value ?? "", "field is immutable"));
  }
  return errors;
}
