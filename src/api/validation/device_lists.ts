import type { Report } from "./report.ts";

type CheckItem<T> = (item: T, path: string) => void;

/** Checks each item; of a list that is too long nothing but that is said. */
export function checkItems<T>(
  report: Report,
  path: string,
  items: readonly T[] | undefined,
  max: number,
  check: CheckItem<T>,
): boolean {
  if (items === undefined) return true;
  if (items.length > max) {
    report.tooMany(path, items.length, max);
    return false;
  }
  for (const [i, item] of items.entries()) check(item, `${path}[${i}]`);
  return true;
}

/** As `checkItems`, of items that each have a key of their own. */
export function checkSet<T>(
  report: Report,
  path: string,
  items: readonly T[] | undefined,
  max: number,
  keyOf: (item: T) => string,
  check: CheckItem<T>,
): void {
  if (!checkItems(report, path, items, max, check)) return;
  const seen = new Set<string>();
  for (const [i, item] of (items ?? []).entries()) {
    const key = keyOf(item);
    if (seen.has(key)) report.duplicate(`${path}[${i}]`, key);
    seen.add(key);
  }
}
