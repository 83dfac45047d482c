/** Counts saturate here, as cel-go's 64-bit ones do. */
const MOST = 2 ** 64;

/** From the least to the most something may be: a size, or a cost. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

export const ZERO: Range = { min: 0, max: 0 };
export const UNKNOWN: Range = { min: 0, max: MOST };

export function exactly(count: number): Range {
  return { min: count, max: count };
}

export function add(...ranges: readonly Range[]): Range {
  return ranges.reduce((a, b) => ({ min: bounded(a.min + b.min), max: bounded(a.max + b.max) }), ZERO);
}

export function multiply(a: Range, b: Range): Range {
  return { min: bounded(a.min * b.min), max: bounded(a.max * b.max) };
}

/** Times a factor, rounded up. */
export function scale(range: Range, factor: number): Range {
  return { min: bounded(Math.ceil(range.min * factor)), max: bounded(Math.ceil(range.max * factor)) };
}

export function union(a: Range, b: Range): Range {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

function bounded(count: number): number {
  return Math.min(count, MOST);
}
