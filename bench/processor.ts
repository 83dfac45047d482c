import { readFile } from "node:fs/promises";

/** Linux' USER_HZ, the unit of times in /proc. */
const TICKS_PER_SECOND = 100;

/** Processor time that a process with all its threads has taken, user's and system's. */
export async function processorMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The command's name, in parentheses, may hold spaces; utime and stime are the 14th and 15th field of all.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
}
