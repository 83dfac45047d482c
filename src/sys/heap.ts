import { setFlagsFromString } from "node:v8";

/** For glibc's allocator: large pages, and what was freed is kept up to 128 MiB. */
const TUNABLES = "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=33554432:glibc.malloc.trim_threshold=134217728";

/**
 * The environment of a process that stores much: memory it touches for the first time costs it a fault a page, which a
 * virtual machine may have to pass on to its host, and each write of a batch would hand its buffers back and forth.
 */
export function forMuchMemory(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  const given = env["GLIBC_TUNABLES"];
  // Of two that say different things the last counts.
  return { ...env, GLIBC_TUNABLES: given ? `${TUNABLES}:${given}` : TUNABLES };
}

/**
 * Has V8 collect all of the heap when it has grown by `percent` since the last time, for the rest of this process. By
 * itself it lets a heap grow to up to four times of what lives in it.
 */
export function collectAfterGrowth(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
}
