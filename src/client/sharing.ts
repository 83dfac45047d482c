/**
 * `value` with every part that says the same as the part of a model in its place replaced by that very part, or a model
 * itself where all is the same; what is not is `value`'s own or a copy of it, and nothing is changed. Pods of one owner
 * differ in a name and an address: ten thousand of them share what else they say, and take a third of the memory.
 *
 * @param value Plain JSON that nobody changes, as `first` and `second`.
 * @param first Preferred where both say the same: `second` is not taken for what holds an object or array of `first`.
 */
export function sharing<T>(value: T, first: unknown, second?: unknown): T;
export function sharing(value: unknown, first: unknown, second: unknown): unknown {
  if (value === first) return first;
  // Two texts that say the same are one afterwards, too.
  if (typeof value !== "object" || value === null) return value === second ? second : value;
  if (Array.isArray(value)) {
    if (Array.isArray(first)) return itemsSharing(value, first, Array.isArray(second) ? second : undefined);
    return Array.isArray(second) ? itemsSharing(value, second, undefined) : value;
  }
  if (hasMembers(first)) return membersSharing(value as Members, first, hasMembers(second) ? second : undefined);
  return hasMembers(second) ? membersSharing(value as Members, second, undefined) : value;
}

type Members = Readonly<Record<string, unknown>>;
type List = readonly unknown[];

function hasMembers(model: unknown): model is Members {
  return typeof model === "object" && model !== null && !Array.isArray(model);
}

// Each part is met once, however deep the differences lie: there is a copy from the first part on that is not the
// model's. The other model is asked when the copy is there, by comparing parts that are shared by then.

function membersSharing(members: Members, model: Members, other: Members | undefined): Members {
  let copy: Record<string, unknown> | undefined;
  let size = 0;
  for (const key in members) {
    // What every object inherits under this name is no part of a model.
    if (key === "__proto__") return members;
    const its = model[key];
    const part = sharing(members[key], its, other === undefined ? undefined : other[key]);
    if (copy === undefined && (part !== its || isMissing(model, key, its))) copy = copyOfMembers(members, model, size);
    if (copy !== undefined) copy[key] = part;
    size++;
  }
  if (copy === undefined) {
    if (isOfSize(model, size)) return model;
    copy = copyOfMembers(members, model, size);
  }
  return other !== undefined && hasAllOf(other, copy) && isOfSize(other, size) ? other : copy;
}

/** Whether a model has no such member, as opposed to one that is undefined. */
function isMissing(model: Members, key: string, its: unknown): boolean {
  return its === undefined && !Object.hasOwn(model, key);
}

/** In the order of `members`; the first `count` are all the model's. */
function copyOfMembers(members: Members, model: Members, count: number): Record<string, unknown> {
  // Spread makes it as small as the original; adding one member after the other would not.
  const copy = { ...members };
  let left = count;
  for (const key in members) {
    if (left-- === 0) break;
    copy[key] = model[key];
  }
  return copy;
}

function hasAllOf(model: Members, members: Members): boolean {
  for (const key in members) {
    const its = model[key];
    if (members[key] !== its || isMissing(model, key, its)) return false;
  }
  return true;
}

function isOfSize(members: Members, size: number): boolean {
  let left = size;
  for (const _ in members) left--;
  return left === 0;
}

function itemsSharing(items: List, model: List, other: List | undefined): List {
  let copy: unknown[] | undefined;
  for (let at = 0; at < items.length; at++) {
    const part = sharing(items[at], itemAt(model, at), other === undefined ? undefined : itemAt(other, at));
    if (copy === undefined && part !== itemAt(model, at)) copy = copyOfItems(items, model, at);
    if (copy !== undefined) copy[at] = part;
  }
  if (copy === undefined) {
    if (items.length === model.length) return model;
    copy = copyOfItems(items, model, Math.min(items.length, model.length));
  }
  return other !== undefined && areItems(copy, other) ? other : copy;
}

/** Asking an array for what it has not would make all such reads slow. */
const itemAt = (list: List, at: number): unknown => (at < list.length ? list[at] : undefined);

/** The first `count` are all the model's. */
function copyOfItems(items: List, model: List, count: number): unknown[] {
  // A copy, as an array that is pushed to has room for 17.
  const copy = items.slice();
  for (let at = 0; at < count; at++) copy[at] = model[at];
  return copy;
}

function areItems(items: List, model: List): boolean {
  if (items.length !== model.length) return false;
  for (let at = 0; at < items.length; at++) if (items[at] !== model[at]) return false;
  return true;
}
