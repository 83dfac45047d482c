import type { ObjectReference } from "./reference.ts";

/** Parts by which both kinds of Event are selected, under the names they have in each. */
interface EventParts {
  readonly about: ObjectReference;
  readonly reason: string | undefined;
  readonly type: string | undefined;
  /** As new events name it. */
  readonly reporter: string | undefined;
}

/**
 * The fields events are selected by; `kubectl describe` finds an object's events through them.
 *
 * @param about What the object's field is called.
 * @param reporter What the reporter's field is called.
 */
export function eventSelectableFields<T>(
  about: "involvedObject" | "regarding",
  reporter: "reportingComponent" | "reportingController",
  partsOf: (event: T) => EventParts,
): Record<string, (event: T) => string> {
  const parts = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"] as const;
  const fields: Record<string, (event: T) => string> = {
    reason: (event) => partsOf(event).reason ?? "",
    type: (event) => partsOf(event).type ?? "",
    [reporter]: (event) => partsOf(event).reporter ?? "",
  };
  for (const part of parts) fields[`${about}.${part}`] = (event) => partsOf(event).about[part] ?? "";
  return fields;
}
