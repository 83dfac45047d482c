import { LEAF, SELF, type FieldSet, type MutableFieldSet } from "./field_set.ts";
import { itemPlace, memberPlace, type Place } from "./walk.ts";

/**
 * A set of fields as the schema sees them now: who owned parts of what has become one value owns that value. What was
 * one value and is taken apart now needs nothing: its owner keeps the whole, and nobody owns the parts. The very set
 * when nothing has changed.
 *
 * The rule is structured-merge-diff's (typed/reconcile_schema.go).
 */
export function reconciled(place: Place, set: FieldSet): FieldSet {
  let changed: MutableFieldSet | undefined;
  for (const element in set) {
    const node = set[element];
    const below = element === SELF ? undefined : elementPlace(place, element);
    if (node === undefined || below === undefined) continue;
    const now = below.atomic ? whole(node) : reconciled(below, node);
    if (now !== node) (changed ??= { ...set })[element] = now;
  }
  return changed ?? set;
}

function elementPlace(place: Place, element: string): Place | undefined {
  if (element.startsWith("f:")) return memberPlace(place, element.slice(2));
  return place.schema?.shape === "list" ? itemPlace(place.schema) : undefined;
}

/** The node itself, in place of whatever of it is in the set. */
function whole(node: FieldSet): FieldSet {
  for (const element in node) if (element !== SELF) return LEAF;
  return node;
}
