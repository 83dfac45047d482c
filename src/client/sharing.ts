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
  // Comparing first allocates nothing, and most parts are all alike.
  if (saysTheSame(value, first)) return first;
  if (saysTheSame(value, second)) return second;
  if (Array.isArray(value)) return itemsSharing(value, listOf(first), listOf(second));
  return membersSharing(value as Members, membersOf(first), membersOf(second));
}

type Members = Record<string, unknown>;
type List = readonly unknown[];

const listOf = (model: unknown): List | undefined => (Array.isArray(model) ? model : undefined);

function membersOf(model: unknown): Readonly<Members> | undefined {
  return typeof model === "object" && model !== null && !Array.isArray(model) ? (model as Members) : undefined;
}

/** Whether a model is the same JSON as an object or array; the order of members does not matter. */
function saysTheSame(value: object, model: unknown): boolean {
  if (value === model) return true;
  if (typeof model !== "object" || model === null) return false;
  if (Array.isArray(value)) {
    if (!Array.isArray(model) || value.length !== model.length) return false;
    for (let at = 0; at < value.length; at++) if (!isSame(value[at], model[at])) return false;
    return true;
  }
  if (Array.isArray(model)) return false;
  const [members, others] = [value as Members, model as Members];
  let size = 0;
  for (const key in members) {
    // What every object inherits under this name is no part of a model.
    if (key === "__proto__" || !isSame(members[key], others[key])) return false;
    size++;
  }
  for (const _ in others) size--;
  return size === 0;
}

function isSame(part: unknown, model: unknown): boolean {
  return part === model || (typeof part === "object" && part !== null && saysTheSame(part, model));
}

function itemsSharing(items: List, first: List | undefined, second: List | undefined): List {
  if (first === undefined && second === undefined) return items;
  // A copy, as an array that is pushed to has room for 17.
  const parts = items.slice();
  for (let at = 0; at < items.length; at++) parts[at] = sharing(items[at], first?.[at], second?.[at]);
  return parts;
}

function membersSharing(
  members: Readonly<Members>,
  first: Readonly<Members> | undefined,
  second: Readonly<Members> | undefined,
): Readonly<Members> {
  if ((first === undefined && second === undefined) || Object.hasOwn(members, "__proto__")) return members;
  const copy = { ...members };
  for (const key in members) copy[key] = sharing(members[key], first?.[key], second?.[key]);
  return copy;
}
