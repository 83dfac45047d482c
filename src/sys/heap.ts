import { setFlagsFromString } from "node:v8";

/**
 * Has V8 collect all of the heap when it has grown by `percent` since the last time, for the rest of this process. By
 * itself it lets a heap grow to up to four times of what lives in it.
 */
export function collectAfterGrowth(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
}
