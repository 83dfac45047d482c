import { monitorEventLoopDelay } from "node:perf_hooks";
import { cpuUsage, memoryUsage } from "node:process";

/** Watches this process while something is measured: its work, its memory, and for how long it heard nobody. */
export class Watchfulness {
  readonly #delay = monitorEventLoopDelay({ resolution: 5 });
  readonly #samples: NodeJS.Timeout;
  readonly #before = cpuUsage();
  #rssMax = 0;

  constructor() {
    this.#delay.enable();
    this.#samples = setInterval(() => (this.#rssMax = Math.max(this.#rssMax, memoryUsage.rss())), 200);
  }

  /** Ends; in words for a note. */
  end(): { readonly rssMaxMb: number; readonly note: string } {
    const { user, system } = cpuUsage(this.#before);
    const seconds = ((user + system) / 1e6).toFixed(1);
    this.#delay.disable();
    clearInterval(this.#samples);
    const rssMaxMb = Math.max(this.#rssMax, memoryUsage.rss()) / 1e6;
    const [worst, usual] = [this.#delay.max, this.#delay.percentile(99)].map((nanos) => Math.round(nanos / 1e6));
    const note = `${seconds} s of processor time, ${Math.round(rssMaxMb)} MB at most; stalls: worst ${worst} ms, p99 ${usual} ms`;
    return { rssMaxMb, note };
  }
}
