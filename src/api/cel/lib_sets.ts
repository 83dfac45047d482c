import { equal } from "./compare.ts";
import { Library, P } from "./functions.ts";
import type { Run } from "./run.ts";
import { BOOL } from "./types.ts";
import { CelError, mapKey, type List, type Value } from "./value.ts";

/** Whether a list has an element; found at once where elements have keys. */
function finder(list: List, run: Run): ((value: Value) => boolean) | CelError {
  const keyed = new Set<string>();
  const others: Value[] = [];
  run.work(list.size);
  for (const element of list.values()) {
    if (element instanceof CelError) return element;
    const key = mapKey(element);
    if (key === undefined) others.push(element);
    else keyed.add(key);
  }
  return (value) => {
    const key = mapKey(value);
    if (key !== undefined && keyed.has(key)) return true;
    return others.some((other) => equal(other, value, run) === true);
  };
}

function quantify(list: List, other: List, of: "every" | "some", run: Run): boolean | CelError {
  run.expect(list.size * other.size);
  const has = finder(list, run);
  if (has instanceof CelError) return has;
  for (const element of other.values()) {
    if (element instanceof CelError) return element;
    run.work(1);
    if (has(element) !== (of === "every")) return of === "some";
  }
  return of === "every";
}

/** cel-go's set extensions: lists as sets. */
export const sets = new Library()
  .fn("sets.contains", "list_sets_contains_list", [P.listA, P.listA], BOOL, ([list, part], run) =>
    quantify(list, part, "every", run),
  )
  .fn("sets.equivalent", "list_sets_equivalent_list", [P.listA, P.listA], BOOL, ([a, b], run) => {
    const all = quantify(a, b, "every", run);
    return all === true ? quantify(b, a, "every", run) : all;
  })
  .fn("sets.intersects", "list_sets_intersects_list", [P.listA, P.listA], BOOL, ([a, b], run) =>
    quantify(a, b, "some", run),
  );
