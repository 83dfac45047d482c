import type { BackoffEntry } from "./crash_backoff.ts";
import type { ImageOutcome, StartFailure } from "./pod_facts.ts";

/**
 * What is remembered of one pod beside the API and the runtime. None of it is needed to be right: lost with the agent, it
 * is found out anew, and at worst something is tried once more than it would have been.
 */
export class PodMemory {
  volumes: "ready" | { retryAtMs: number } = { retryAtMs: 0 };
  volumesStale = false;
  /** When something in the volumes runs out. */
  volumesRenewAtMs = Infinity;
  sandboxRetryAtMs = 0;
  readonly images = new Map<string, ImageOutcome>();
  readonly failures = new Map<string, StartFailure>();
  readonly crashes = new Map<string, BackoffEntry>();
  /** Termination messages that were read, by container id. */
  readonly messages = new Map<string, string>();
  drained = false;
  cleaned = false;
}
