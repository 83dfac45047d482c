/** Indexes of a Job as text: numbers and ranges in rising order, for example `0,2-4,7`. */

export type Indexes =
  | { readonly intervals: readonly (readonly [first: number, last: number])[]; readonly total: number }
  | { readonly problem: string };

/** Reads indexes below `completions`. */
export function parseIndexes(text: string, completions: number): Indexes {
  const intervals: [number, number][] = [];
  let total = 0;
  let last: number | undefined;
  for (const fragment of text === "" ? [] : text.split(",")) {
    const interval = parseInterval(fragment, completions);
    if (typeof interval === "string") return { problem: interval };
    if (last !== undefined && last >= interval[0]) return { problem: outOfOrder(last, interval[0]) };
    intervals.push(interval);
    total += interval[1] - interval[0] + 1;
    last = interval[1];
  }
  return { intervals, total };
}

function outOfOrder(previous: number, current: number): string {
  return `non-increasing order, previous: ${previous}, current: ${current}`;
}

/** The two ends of a fragment, or what is wrong with it. */
function parseInterval(fragment: string, completions: number): [number, number] | string {
  const parts = fragment.split("-");
  const shown = JSON.stringify(fragment);
  if (parts.length > 2) {
    return `the fragment ${shown} violates the requirement that an index interval can have at most two parts separated by '-'`;
  }
  const ends: number[] = [];
  for (const part of parts) {
    if (!/^\+?[0-9]{1,18}$/.test(part)) return `cannot convert string to integer for index: ${JSON.stringify(part)}`;
    const index = Number(part);
    if (index >= completions) return `too large index: ${JSON.stringify(part)}`;
    ends.push(index);
  }
  const [first = 0, last = first] = ends;
  return ends.length === 2 && first >= last ? outOfOrder(first, last) : [first, last];
}
