/** Whether two JSON values are the same. The order of members does not count; a member that is undefined is absent. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => equalJson(item, b[index]))
    );
  }
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return (
    countDefined(left) === countDefined(right) && Object.keys(left).every((name) => equalMember(left, right, name))
  );
}

function equalMember(left: Record<string, unknown>, right: Record<string, unknown>, name: string): boolean {
  return left[name] === undefined || (Object.hasOwn(right, name) && equalJson(left[name], right[name]));
}

function countDefined(object: Record<string, unknown>): number {
  let count = 0;
  for (const name of Object.keys(object)) if (object[name] !== undefined) count++;
  return count;
}
