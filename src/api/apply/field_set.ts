import { isJsonObject } from "../json.ts";

/**
 * Paths of fields as a trie, in the form of FieldsV1: `f:name` is a member of an object, `k:{"name":"x"}` an item
 * by its keys, `v:"x"` an item of a set; `.` marks a node that is itself in the set beside its children; a node
 * without entries is in the set. Sets are never changed once made; they share parts.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet;
}

export type MutableFieldSet = Record<string, FieldSet>;

/** A node that is in the set and has nothing below it. Also the empty set, when it stands at the root. */
export const LEAF: FieldSet = Object.freeze({});
export const SELF = ".";

export function isEmpty(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Whether the node itself is in the set. */
export function isMember(node: FieldSet | undefined): boolean {
  return node !== undefined && (SELF in node || isEmpty(node));
}

/** Which nodes a combination keeps, by whether they are in the one set and in the other. */
type Rule = (inFirst: boolean, inSecond: boolean) => boolean;

/** Combines two sets node by node. `keepFirst` and `keepSecond` say whether what only one has is kept whole. */
function combine(a: FieldSet, b: FieldSet, rule: Rule, keepFirst: boolean, keepSecond: boolean): FieldSet {
  const result: MutableFieldSet = {};
  for (const element in a) {
    if (element === SELF) continue;
    const [first, second] = [a[element], b[element]];
    if (first === undefined) continue;
    if (second === undefined) {
      if (keepFirst) result[element] = first;
      continue;
    }
    const below = combine(first, second, rule, keepFirst, keepSecond);
    const isKept = rule(isMember(first), isMember(second));
    if (!isEmpty(below)) result[element] = isKept ? { [SELF]: LEAF, ...below } : below;
    else if (isKept) result[element] = LEAF;
  }
  if (keepSecond) {
    for (const element in b) {
      const second = b[element];
      if (element !== SELF && second !== undefined && !(element in a)) result[element] = second;
    }
  }
  return result;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a)) return b;
  if (isEmpty(b)) return a;
  return combine(a, b, (first, second) => first || second, true, true);
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (first, second) => first && second, false, false);
}

/** The very set `a` when nothing of it is in `b`; what is left keeps its order. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  let result: MutableFieldSet | undefined;
  for (const element in b) {
    const [first, second] = [a[element], b[element]];
    if (element === SELF || first === undefined || second === undefined) continue;
    const left = withoutNode(first, second);
    if (left === first) continue;
    result ??= { ...a };
    if (left === undefined) delete result[element];
    else result[element] = left;
  }
  return result ?? a;
}

/** A node without what another has; undefined when nothing is left. */
function withoutNode(first: FieldSet, second: FieldSet): FieldSet | undefined {
  const below = difference(first, second);
  if (!isMember(first)) return isEmpty(below) ? undefined : below;
  if (isMember(second)) {
    const { [SELF]: _self, ...rest } = below;
    return isEmpty(rest) ? undefined : rest;
  }
  if (below === first) return first;
  for (const element in below) if (element !== SELF) return below;
  return LEAF;
}

/** Without the top-level members named and all below them. */
export function without(set: FieldSet, names: readonly string[]): FieldSet {
  if (!names.some((name) => `f:${name}` in set)) return set;
  return Object.fromEntries(Object.entries(set).filter(([element]) => !names.includes(element.slice(2))));
}

/** The set with its elements in the order Kubernetes writes them: the very set when they stand so already. */
export function sorted(set: FieldSet): FieldSet {
  let isSorted = true;
  let last = "";
  let changed: MutableFieldSet | undefined;
  for (const key in set) {
    if (key < last) isSorted = false;
    last = key;
    const below = set[key] ?? LEAF;
    const inOrder = below === LEAF ? LEAF : sorted(below);
    if (inOrder !== below) (changed ??= {})[key] = inOrder;
  }
  if (isSorted && changed === undefined) return set;
  const result: MutableFieldSet = {};
  for (const key of isSorted ? Object.keys(set) : Object.keys(set).toSorted()) {
    result[key] = changed?.[key] ?? set[key] ?? LEAF;
  }
  return result;
}

/** Every path in the set as text, for example `.spec.containers[name="web"].image`; shorter paths first. */
export function pathsOf(set: FieldSet, prefix = ""): string[] {
  const elements = Object.keys(set)
    .filter((element) => element !== SELF)
    .toSorted();
  const own = elements.filter((element) => isMember(set[element])).map((element) => prefix + elementText(element));
  return [...own, ...elements.flatMap((element) => pathsOf(set[element] ?? LEAF, prefix + elementText(element)))];
}

/** One path element as text. */
export function elementText(element: string): string {
  const rest = element.slice(2);
  if (element.startsWith("f:")) return `.${rest}`;
  if (element.startsWith("i:")) return `[${rest}]`;
  if (element.startsWith("v:")) return `[=${rest}]`;
  const keys: unknown = JSON.parse(rest);
  if (!isJsonObject(keys)) return `[${rest}]`;
  return `[${Object.entries(keys)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(",")}]`;
}

/** Whether a value read from managedFields is a well-formed set. */
export function isFieldSet(value: unknown, depth = 0): value is FieldSet {
  if (!isJsonObject(value) || depth > 200) return false;
  return Object.entries(value).every(
    ([element, node]) => (element === SELF || isElement(element)) && isFieldSet(node, depth + 1),
  );
}

function isElement(element: string): boolean {
  if (element.startsWith("f:")) return true;
  if (!/^[kvi]:/.test(element)) return false;
  try {
    const value: unknown = JSON.parse(element.slice(2));
    return !element.startsWith("k:") || isJsonObject(value);
  } catch {
    return false;
  }
}
