import { setFlagsFromString } from "node:v8";

/**
 * Has V8 collect all of the heap when it has grown by `percent` since the last time, for the rest of this process. By
 * itself it lets a heap grow to up to four times of what lives in it.
 */
export function collectAfterGrowth(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
}

/**
 * Has V8 compile with its best compiler what was called four hundred times, not three thousand, for the rest of this
 * process: most of what serves a request is called once for each, and a server lives long. What was called four hundred
 * times before goes on with the number that held then: V8 counts down from it.
 */
export function optimizeSoon(): void {
  setFlagsFromString("--invocation-count-for-turbofan=400");
}
