import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { BenchCluster } from "./cluster.ts";
import { atMost, type Figure } from "./figure.ts";
import { startLoad } from "./load.ts";
import { processorMs } from "./processor.ts";

const SETTLE_MS = 10_000;
const WINDOW_MS = 30_000;
const OBJECTS = 1_000;

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
  const before = await processorMs(pid);
  await sleep(WINDOW_MS);
  const cpuMs = (await processorMs(pid)) - before;
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  return { memoryMb: (kib * 1_024) / 1e6, cpuPercent: (cpuMs / WINDOW_MS) * 100 };
}
