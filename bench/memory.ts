import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { BenchCluster } from "./cluster.ts";
import { atMost, type Figure } from "./figure.ts";
import { startLoad } from "./load.ts";

const SETTLE_MS = 10_000;
const WINDOW_MS = 30_000;
const OBJECTS = 1_000;
/** Linux' USER_HZ, the unit of times in /proc. */
const TICKS_PER_SECOND = 100;

/** What the whole control plane with its agent takes while nothing happens. containerd is counted beside. */
export function benchMemory(): Promise<Figure[]> {
  return BenchCluster.with(async (cluster) => {
    await cluster.up();
    await sleep(SETTLE_MS);
    const empty = await idle(cluster.pid);
    const load = await startLoad(await cluster.credentials());
    await load.run({ kind: "create", resource: "configmaps", clients: 8, count: OBJECTS, prefix: "thing" });
    load.close();
    await sleep(SETTLE_MS);
    const used = await idle(cluster.pid);
    return [
      { name: "idle memory (RSS)", value: empty.memoryMb, unit: "MB", goal: atMost(120, 90) },
      { name: "idle CPU", value: empty.cpuPercent, unit: "%", note: "of one core, over 30 s", goal: atMost(1, 0.3) },
      { name: `memory with ${OBJECTS} objects`, value: used.memoryMb, unit: "MB" },
      { name: `CPU with ${OBJECTS} objects`, value: used.cpuPercent, unit: "%" },
    ];
  });
}

async function idle(pid: number): Promise<{ readonly memoryMb: number; readonly cpuPercent: number }> {
  const before = await ticksOf(pid);
  await sleep(WINDOW_MS);
  const ticks = (await ticksOf(pid)) - before;
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  return { memoryMb: (kib * 1_024) / 1e6, cpuPercent: (ticks / TICKS_PER_SECOND / (WINDOW_MS / 1_000)) * 100 };
}

/** User and system time of a process with all its threads. */
async function ticksOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The command's name, in parentheses, may hold spaces; utime and stime are the 14th and 15th field of all.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
