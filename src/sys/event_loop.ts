import { threadCpuUsage } from "node:process";

/** Runs a function after everything that is ready in this turn of the event loop. */
export function afterThisTurn(run: () => void): void {
  setImmediate(run);
}

/** How busy the event loop was since it was last asked. Milliseconds. */
export interface LoopLoad {
  /** What this thread computed. Unlike elapsed time it hardly depends on what else the machine does. */
  readonly cpuMs: number;
  /** The most it computed at one go: for so long nobody else was served, at least. */
  readonly stallCpuMs: number;
  /** The longest it let anybody wait, other programs' share of the processor included. */
  readonly stallMs: number;
}

const SAMPLE_MS = 1;

/** Watches the event loop of this thread from now on; each call tells of the time since the last. */
export function watchLoop(): () => LoopLoad {
  let began = cpuMs();
  let lastCpu = began;
  let last = performance.now();
  let stallCpuMs = 0;
  let stallMs = 0;
  const sample = () => {
    const [cpu, now] = [cpuMs(), performance.now()];
    stallCpuMs = Math.max(stallCpuMs, cpu - lastCpu);
    stallMs = Math.max(stallMs, now - last - SAMPLE_MS);
    [lastCpu, last] = [cpu, now];
  };
  setInterval(sample, SAMPLE_MS).unref();
  return () => {
    sample();
    const load = { cpuMs: lastCpu - began, stallCpuMs, stallMs };
    [began, stallCpuMs, stallMs] = [lastCpu, 0, 0];
    return load;
  };
}

function cpuMs(): number {
  const { user, system } = threadCpuUsage();
  return (user + system) / 1_000;
}
