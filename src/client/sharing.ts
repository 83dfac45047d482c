/**
 * `value` with every part that says the same as the part of a model in its place replaced by that very part, or a model
 * itself where all is the same; what is not is `value`'s own or a copy of it, and nothing is changed. Pods of one owner
 * differ in a name and an address: ten thousand of them share what else they say, and take a third of the memory.
 *
 * @param value Plain JSON that nobody changes, as `first` and `second`.
 * @param first Preferred where both say the same.
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

function itemsSharing(items: List, first: List | undefined, second: List | undefined): List {
  if (first === undefined && second === undefined) return items;
  let likeFirst = first?.length === items.length;
  let likeSecond = second?.length === items.length;
  // A copy, as an array that is pushed to has room for 17.
  const parts = items.slice();
  for (let at = 0; at < items.length; at++) {
    const shared = sharing(items[at], first?.[at], second?.[at]);
    parts[at] = shared;
    likeFirst &&= shared === first?.[at];
    likeSecond &&= shared === second?.[at];
  }
  return likeFirst && first ? first : likeSecond && second ? second : parts;
}

function membersSharing(
  members: Readonly<Members>,
  first: Readonly<Members> | undefined,
  second: Readonly<Members> | undefined,
): Readonly<Members> {
  if (first === undefined && second === undefined) return members;
  let likeFirst = first !== undefined;
  let likeSecond = second !== undefined;
  const parts: unknown[] = [];
  for (const key in members) {
    // What every object inherits under this name is no part of a model.
    if (key === "__proto__") return members;
    const [own, inFirst, inSecond] = [members[key], first?.[key], second?.[key]];
    const shared = sharing(own, inFirst, inSecond);
    parts.push(shared);
    likeFirst &&= shared === inFirst;
    likeSecond &&= shared === inSecond;
  }
  if (likeFirst && first && sizeOf(first) === parts.length) return first;
  if (likeSecond && second && sizeOf(second) === parts.length) return second;
  const copy = { ...members };
  let at = 0;
  // All of them: of two texts that say the same the copy holds the model's.
  for (const key in members) copy[key] = parts[at++];
  return copy;
}

/** How many members there are. JSON inherits none. */
function sizeOf(members: Readonly<Members>): number {
  let size = 0;
  for (const _ in members) size++;
  return size;
}
