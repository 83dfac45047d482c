import type { AnyKind, KubeObject } from "#api/object.ts";
import { FieldSelectorError, exactFieldValue, fieldMatcher, parseFieldSelector } from "#api/selectors/fields.ts";
import { LabelSelectorError, parseLabelSelector } from "#api/selectors/labels.ts";
import { asServed } from "./sent_object.ts";
import { badRequest } from "./status_error.ts";

/** Which objects of a collection a list or watch is about. */
export interface Selection {
  /** True when no object is left out, so nothing needs to be parsed. */
  readonly everything: boolean;
  /** The one object it can be about (`metadata.name=x`). */
  readonly name: string | undefined;
  matches(object: KubeObject): boolean;
}

const EVERYTHING: Selection = { everything: true, name: undefined, matches: () => true };

/**
 * Reads labelSelector and fieldSelector, which is about the fields of the version the client names.
 *
 * @throws {StatusError} 400 when one is malformed or names a field that cannot be selected on.
 */
export function selectionOf(served: AnyKind, query: URLSearchParams): Selection {
  const labelText = query.get("labelSelector") ?? "";
  const fieldText = query.get("fieldSelector") ?? "";
  if (labelText === "" && fieldText === "") return EVERYTHING;
  try {
    const labels = parseLabelSelector(labelText);
    const terms = parseFieldSelector(fieldText);
    const fields = fieldMatcher<KubeObject>(served, terms);
    return {
      everything: false,
      name: exactFieldValue(terms, "metadata.name"),
      matches: (object) => labels.matches(object.metadata.labels) && fields(asServed(served, object)),
    };
  } catch (error) {
    if (error instanceof FieldSelectorError || error instanceof LabelSelectorError) throw badRequest(error.message);
    throw error;
  }
}
