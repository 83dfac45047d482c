/**
 * Gives `value` with every part that says the same as the part of a model in its place replaced by that very part, or
 * a model itself where all is the same. Pods of one owner differ in a name and an address: ten thousand of them share
 * what else they say, and take a third of the memory.
 *
 * @param value Plain JSON, and the caller's alone: it is changed in place.
 * @param first Plain JSON that nobody changes, as `second`; preferred where both say the same.
 */
export function sharing<T>(value: T, first: unknown, second?: unknown): T;
export function sharing(value: unknown, first: unknown, second: unknown): unknown {
  // Two texts that say the same are one afterwards, too.
  if (value === first) return first;
  if (typeof value !== "object" || value === null) return value === second ? second : value;
  if (Array.isArray(value)) return itemsSharing(value, listOf(first), listOf(second));
  return membersSharing(value as Members, membersOf(first), membersOf(second));
}

type Members = Record<string, unknown>;
type List = readonly unknown[];

const listOf = (model: unknown): List | undefined => (Array.isArray(model) ? model : undefined);

function membersOf(model: unknown): Readonly<Members> | undefined {
  return typeof model === "object" && model !== null && !Array.isArray(model) ? (model as Members) : undefined;
}

function itemsSharing(items: unknown[], first: List | undefined, second: List | undefined): List {
  if (first === undefined && second === undefined) return items;
  let likeFirst = first?.length === items.length;
  let likeSecond = second?.length === items.length;
  for (let at = 0; at < items.length; at++) {
    const shared = sharing(items[at], first?.[at], second?.[at]);
    items[at] = shared;
    likeFirst &&= shared === first?.[at];
    likeSecond &&= shared === second?.[at];
  }
  return likeFirst && first ? first : likeSecond && second ? second : items;
}

function membersSharing(
  members: Members,
  first: Readonly<Members> | undefined,
  second: Readonly<Members> | undefined,
): Readonly<Members> {
  if (first === undefined && second === undefined) return members;
  const keys = Object.keys(members);
  let likeFirst = first !== undefined && keys.length === Object.keys(first).length;
  let likeSecond = second !== undefined && keys.length === Object.keys(second).length;
  for (const key of keys) {
    // What every object inherits under this name is no part of a model.
    if (key === "__proto__") return members;
    const shared = sharing(members[key], first?.[key], second?.[key]);
    members[key] = shared;
    likeFirst &&= shared === first?.[key];
    likeSecond &&= shared === second?.[key];
  }
  return likeFirst && first ? first : likeSecond && second ? second : members;
}
