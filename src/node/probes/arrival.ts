import type { Container } from "#api/core/container.ts";
import type { Clock, Timer } from "#base/clock.ts";
import type { Dialer } from "#sys/dialer.ts";

/** How long a container is given to listen on the ports it declares before it counts as ready all the same. */
const ARRIVAL_MS_MAX = 2_000;
/** Between two looks; the first is at once. */
const LOOK_MS = 20;
const DIAL_MS = 500;

/** The ports a container says it listens on, as far as listening can be seen. */
export function declaredPorts(container: Container): number[] {
  return (container.ports ?? []).filter((port) => port.protocol === "TCP").map((port) => port.containerPort);
}

export interface ArrivalOptions {
  readonly clock: Clock;
  readonly dialer: Dialer;
  readonly host: string;
  readonly ports: readonly number[];
  /** When the container started, on the wall clock. */
  readonly startedMs: number;
  /** Called once: it listens on all of them, or its time is over. */
  readonly arrived: () => void;
}

/**
 * Waits until a container without a readiness probe listens where it says it does. A process needs a moment between its
 * start and its first `listen`; sending it requests in that moment loses them, probe or no probe.
 */
export class Arrival {
  readonly #options: ArrivalOptions;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: ArrivalOptions) {
    this.#options = options;
    void this.#look();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Whether a container that started then is past waiting for. */
  static isOver(startedMs: number, nowMs: number): boolean {
    return nowMs - startedMs >= ARRIVAL_MS_MAX;
  }

  async #look(): Promise<void> {
    const { clock, startedMs, arrived } = this.#options;
    const listens = await this.#listens();
    if (this.#stopped) return;
    if (listens || Arrival.isOver(startedMs, clock.now())) arrived();
    else this.#timer = clock.after(LOOK_MS, () => void this.#look());
  }

  async #listens(): Promise<boolean> {
    const { dialer, host, ports } = this.#options;
    try {
      await Promise.all(ports.map((port) => dialer.connect(host, port, DIAL_MS)));
      return true;
    } catch {
      return false;
    }
  }
}
