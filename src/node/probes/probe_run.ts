import type { Probe } from "#api/core/probe.ts";
import type { Clock, Timer } from "#base/clock.ts";
import type { Attempt } from "./attempt.ts";

export interface ProbeRunOptions {
  readonly probe: Probe;
  readonly clock: Clock;
  /** When the container started, on the wall clock. */
  readonly startedMs: number;
  /** Ask early, and again soon, until the first success (see EAGER_MS). */
  readonly eager: boolean;
  readonly attempt: () => Promise<Attempt>;
  /** The threshold was reached: the verdict, which may be the same as before. */
  readonly verdict: (success: boolean) => void;
  /** One attempt that counts has failed. */
  readonly failed: (message: string) => void;
}

/**
 * A container just started often answers within a fraction of its probe's period. So until the first success there are
 * extra attempts at these times after the first; failing, they neither count nor are reported, so thresholds and periods
 * mean what they always mean.
 */
const EAGER_MS = [50, 100, 200, 400, 800, 1600, 3200];

/** Repeats one probe of one container for as long as it is wanted. */
export class ProbeRun {
  readonly #options: ProbeRunOptions;
  #timer: Timer | undefined;
  #stopped = false;
  /** Attempts in a row with the same outcome. */
  #streak = 0;
  #last: boolean | undefined;
  #everSucceeded = false;

  constructor(options: ProbeRunOptions) {
    this.#options = options;
    const { clock, startedMs, probe } = options;
    this.#plan(startedMs + (probe.initialDelaySeconds ?? 0) * 1000 - clock.now(), 0);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** @param extra 0 for an attempt that counts, else which of the eager ones it is, from 1. */
  #plan(delayMs: number, extra: number): void {
    this.#timer = this.#options.clock.after(delayMs, () => void this.#ask(extra));
  }

  async #ask(extra: number): Promise<void> {
    const { clock, probe, attempt } = this.#options;
    const periodMs = probe.periodSeconds * 1000;
    const dueMs = clock.monotonic() - (extra > 0 ? (EAGER_MS[extra - 1] ?? 0) : 0);
    const { success, message } = await attempt();
    if (this.#stopped) return;
    if (success || extra === 0) this.#count(success, message);
    if (this.#stopped) return;
    const eager = this.#options.eager && !this.#everSucceeded;
    const nextMs = eager ? EAGER_MS[extra] : undefined;
    const isExtra = nextMs !== undefined && nextMs < periodMs;
    const atMs = dueMs + (isExtra ? nextMs : periodMs);
    this.#plan(atMs - clock.monotonic(), isExtra ? extra + 1 : 0);
  }

  #count(success: boolean, message: string): void {
    const { probe, verdict, failed } = this.#options;
    if (success) this.#everSucceeded = true;
    else failed(message);
    this.#streak = success === this.#last ? this.#streak + 1 : 1;
    this.#last = success;
    const threshold = success ? probe.successThreshold : probe.failureThreshold;
    if (this.#streak >= threshold) verdict(success);
  }
}
