import { Pod } from "#api/core/pod.ts";
import type { PodStatus } from "#api/core/pod_status.ts";
import { sleep, type Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { isApiError, type Client } from "#client/client.ts";
import { semanticallyEqual } from "#client/equality.ts";

export interface StatusWriterOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  /** The status as of now and the object it belongs to; undefined when there is nothing to write to. */
  readonly current: () => { readonly pod: Pod; readonly status: PodStatus } | undefined;
  /** A newer state of the object was seen while writing. */
  readonly seen: (pod: Pod) => void;
}

const RETRY_MS = 1000;

/**
 * Brings one pod's status into the API: at most one write at a time, always of the newest state, none when nothing
 * differs. Precondition of each write is the object it was computed from, so nobody else's change is lost.
 */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  #wanted = false;
  #running: Promise<void> | undefined;
  readonly #abort = new AbortController();

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  /** Something may have changed. */
  touch(): void {
    this.#wanted = true;
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
  }

  /** Resolves when the API has the status as it was when called, or will never have it. */
  async flush(): Promise<void> {
    this.touch();
    while (this.#running) await this.#running;
  }

  stop(): void {
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (this.#wanted && !signal.aborted) {
      this.#wanted = false;
      try {
        await this.#write();
      } catch (error) {
        this.#wanted = true;
        this.#options.log.warn("cannot write a pod's status", { error });
        await sleep(this.#options.clock, RETRY_MS, signal).catch(() => {});
      }
    }
  }

  async #write(): Promise<void> {
    const { client, current, seen } = this.#options;
    const now = current();
    if (now === undefined || semanticallyEqual(now.pod.status, now.status)) return;
    const { namespace, name, uid } = now.pod.metadata;
    try {
      seen(await client.updateStatus(Pod, { ...now.pod, status: now.status }));
    } catch (error) {
      if (isApiError(error, "NotFound")) return;
      if (!isApiError(error, "Conflict")) throw error;
      const fresh = await client.get(Pod, { namespace, name }).catch((reason: unknown) => {
        if (isApiError(reason, "NotFound")) return undefined;
        throw reason;
      });
      if (fresh?.metadata.uid !== uid) return;
      seen(fresh);
      this.#wanted = true;
    }
  }
}
