/**
 * Whether two values are the same in the API's eyes: order of members does not count, and a member that is absent,
 * null or an empty list are one. An empty object is something (`emptyDir: {}` is a volume, its absence is not).
 */
export function semanticallyEqual(a: unknown, b: unknown): boolean {
  if (a === b || (isEmpty(a) && isEmpty(b))) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && listsEqual(a, b);
  return membersEqual(a as Members, b as Members);
}

/** As `semanticallyEqual`, for statuses: a count of 0 is not written, so that it comes back absent. */
export function statusEqual(a: object, b: object): boolean {
  return semanticallyEqual(withoutZeros(a), withoutZeros(b));
}

function withoutZeros(status: object): object {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== 0));
}

type Members = Readonly<Record<string, unknown>>;

function listsEqual(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, at) => semanticallyEqual(item, b[at]));
}

function membersEqual(a: Members, b: Members): boolean {
  for (const key of Object.keys(a)) if (!semanticallyEqual(a[key], b[key])) return false;
  for (const key of Object.keys(b)) if (!Object.hasOwn(a, key) && !isEmpty(b[key])) return false;
  return true;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}
