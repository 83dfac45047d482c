import { backoffMs, type Backoff } from "#base/backoff.ts";
import type { Clock, Timer } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import type { Life } from "#sys/certificate_request.ts";

/** Between failed attempts: kubelet's (client-go util/certificate, rotateCerts). */
const RETRY: Backoff = { baseMs: 2_000, maxMs: 32_000 };
/** The longest wait for one timer: a machine that slept finds out soon, and a real timer cannot wait for a month. */
const LOOK_MS = 24 * 3_600_000;
const CHANCES = 1_000;

/**
 * When a certificate is to be replaced: after 70 to 90 % of its life, as client-go's manager does it
 * (nextRotationDeadline), so that those made at one moment do not all come back at one.
 *
 * @param chance From 0 up to 1.
 */
export function renewAtMs({ fromMs, untilMs }: Life, chance: number): number {
  return fromMs + (untilMs - fromMs) * (0.7 + 0.2 * chance);
}

interface RenewalOptions {
  /** What is renewed, for the log. */
  readonly name: string;
  readonly life: Life;
  /** Puts a new one in the old one's place; resolves with how long that one lasts. Tried again when it rejects. */
  readonly renew: () => Promise<Life>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Renews something before its end, time after time, until the returned function is called. */
export function keepRenewed(options: RenewalOptions): () => void {
  const renewal = new Renewal(options);
  renewal.begin();
  return () => renewal.stop();
}

class Renewal {
  readonly #options: RenewalOptions;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(options: RenewalOptions) {
    this.#options = options;
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  begin(): void {
    this.#look(this.#dueMs(this.#options.life));
  }

  #dueMs(life: Life): number {
    return renewAtMs(life, this.#options.random.below(CHANCES) / CHANCES);
  }

  #look(dueMs: number): void {
    const leftMs = dueMs - this.#options.clock.now();
    if (leftMs > 0) this.#after(Math.min(leftMs, LOOK_MS), () => this.#look(dueMs));
    else void this.#attempt(0);
  }

  async #attempt(failures: number): Promise<void> {
    const { name, renew, log } = this.#options;
    try {
      const life = await renew();
      log.info(`renewed ${name}`, { until: new Date(life.untilMs).toISOString() });
      // A clock that was set forward must not make this spin.
      this.#after(RETRY.baseMs, () => this.#look(this.#dueMs(life)));
    } catch (error) {
      if (this.#isStopped) return;
      log.warn(`cannot renew ${name} yet`, { error });
      this.#after(backoffMs(RETRY, failures), () => void this.#attempt(failures + 1));
    }
  }

  #after(delayMs: number, run: () => void): void {
    if (!this.#isStopped) this.#timer = this.#options.clock.after(delayMs, run);
  }
}
