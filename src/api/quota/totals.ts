import { addQuantities, compareQuantities, formatQuantity, quantitySign, subtractQuantities } from "../quantity.ts";

/** Amounts by resource name, as resource lists are written. */
export type Totals = Readonly<Record<string, string>>;

function combined(a: Totals, b: Totals, combine: (x: string, y: string) => string): Totals {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries(Array.from(names, (name) => [name, combine(a[name] ?? "0", b[name] ?? "0")]));
}

export function added(a: Totals, b: Totals): Totals {
  return combined(a, b, (x, y) => formatQuantity(addQuantities(x, y)));
}

export function subtracted(a: Totals, b: Totals): Totals {
  return combined(a, b, (x, y) => formatQuantity(subtractQuantities(x, y)));
}

/** The larger of each. */
export function largest(a: Totals, b: Totals): Totals {
  return combined(a, b, (x, y) => (compareQuantities(x, y) < 0 ? y : x));
}

/** Only the amounts of these names. */
export function masked(totals: Totals, names: Iterable<string>): Totals {
  const kept = new Set(names);
  return Object.fromEntries(Object.entries(totals).filter(([name]) => kept.has(name)));
}

export function withoutZeros(totals: Totals): Totals {
  return Object.fromEntries(Object.entries(totals).filter(([, amount]) => quantitySign(amount) !== 0));
}

/** Whether both have the same amounts, whatever they are written like. */
export function sameTotals(a: Totals, b: Totals): boolean {
  return (
    Object.keys(a).length === Object.keys(b).length &&
    Object.entries(a).every(([name, amount]) => {
      const other = Object.hasOwn(b, name) ? b[name] : undefined;
      return other !== undefined && compareQuantities(amount, other) === 0;
    })
  );
}

/** Names of what is more than its limit; what has none is never. */
export function exceeded(totals: Totals, limits: Totals): string[] {
  return Object.keys(totals).filter((name) => {
    const limit = Object.hasOwn(limits, name) ? limits[name] : undefined;
    return limit !== undefined && compareQuantities(totals[name] ?? "0", limit) > 0;
  });
}

/** As messages show them: `cpu=1,pods=3`. */
export function totalsText(totals: Totals): string {
  return Object.keys(totals)
    .toSorted()
    .map((name) => `${name}=${totals[name]}`)
    .join(",");
}
