import { parseIndexes } from "#api/validation/job_indexes.ts";

/** Reads `0,2-4` as a set. What cannot be read counts as none: the status is written anew from what there is. */
export function indexSet(text: string | undefined, completions: number): ReadonlySet<number> {
  const indexes = new Set<number>();
  const parsed = parseIndexes(text ?? "", completions);
  if ("problem" in parsed) return indexes;
  for (const [first, last] of parsed.intervals) for (let index = first; index <= last; index++) indexes.add(index);
  return indexes;
}

/** Writes a set as `0,2-4`; two in a row are `0,1`. */
export function indexText(indexes: ReadonlySet<number>): string {
  const runs: [first: number, last: number][] = [];
  for (const index of [...indexes].toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run && run[1] === index - 1) run[1] = index;
    else runs.push([index, index]);
  }
  return runs.map(runText).join(",");
}

function runText([first, last]: readonly [number, number]): string {
  if (first === last) return String(first);
  return last === first + 1 ? `${first},${last}` : `${first}-${last}`;
}

/** The `count` lowest numbers below `completions` that are not taken. */
export function lowestFree(taken: ReadonlySet<number>, count: number, completions: number): number[] {
  const free: number[] = [];
  for (let index = 0; index < completions && free.length < count; index++) if (!taken.has(index)) free.push(index);
  return free;
}
