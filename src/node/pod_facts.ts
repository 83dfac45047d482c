import type { Container } from "#api/core/container.ts";
import type { Pod } from "#api/core/pod.ts";
import type { BackoffEntry } from "./crash_backoff.ts";
import type { PodRuntime } from "./pod_runtime.ts";

/** Why a container waits, as `state.waiting` shows it. */
export interface Waiting {
  readonly reason: string;
  readonly message: string;
}

/** Where the image of a container's next start stands; absent when nobody has looked. */
export type ImageOutcome =
  | { readonly state: "ready"; readonly image: string; readonly user: ImageUser }
  | { readonly state: "failed"; readonly waiting: Waiting; readonly retryAtMs: number };

/** The user an image asks for. */
export interface ImageUser {
  readonly uid?: number;
  readonly username?: string;
}

/** The last start of a container failed before it ran. */
export interface StartFailure {
  readonly failedAtMs: number;
  readonly waiting: Waiting;
  readonly retryAtMs: number;
}

/** What the probes of one container (by its id) have found. */
export interface ProbeState {
  /** True without a startup probe. */
  readonly started: boolean;
  /** True without a readiness probe. */
  readonly ready: boolean;
  /** The probe that demands a restart. */
  readonly failed?: { readonly probe: "liveness" | "startup"; readonly graceSeconds: number | undefined };
}

/** The pod is on its way out. */
export interface Ending {
  /**
   * `deleted`: by the API, which still has it; `removed`: gone from the API; `terminal`: it finished, failed or was
   * rejected and stays visible.
   */
  readonly cause: "deleted" | "removed" | "terminal";
  readonly startedMs: number;
  readonly graceSeconds: number;
  /** Nothing sends traffic to it any more, or we waited long enough. */
  readonly drained: boolean;
}

/** Everything a decision about one pod rests on. */
export interface PodFacts {
  readonly pod: Pod;
  readonly nowMs: number;
  readonly runtime: PodRuntime;
  readonly ending?: Ending;
  /** `ready`, or when to try (again). */
  readonly volumes: "ready" | { readonly retryAtMs: number };
  /** What they are written from may have changed since. */
  readonly volumesStale: boolean;
  readonly sandboxRetryAtMs: number;
  /** By container name. */
  readonly images: ReadonlyMap<string, ImageOutcome>;
  readonly failures: ReadonlyMap<string, StartFailure>;
  readonly crashes: ReadonlyMap<string, BackoffEntry>;
  /** By container id; a running container without an entry has not been probed yet. */
  readonly probes: ReadonlyMap<string, ProbeState>;
  /** Keys of the operations under way. */
  readonly busy: ReadonlySet<string>;
  /** Nothing of an ended pod is left to take down. */
  readonly cleaned: boolean;
}

/** One thing to do; `key` names the operation, and an operation under way is never begun a second time. */
export type Action =
  | { readonly do: "prepareVolumes"; readonly key: string }
  | { readonly do: "runSandbox"; readonly key: string; readonly attempt: number }
  | { readonly do: "ensureImage"; readonly key: string; readonly container: string }
  | { readonly do: "startContainer"; readonly key: string; readonly container: string; readonly attempt: number }
  | {
      readonly do: "stopContainer";
      readonly key: string;
      readonly id: string;
      readonly container: string;
      readonly graceSeconds: number;
      readonly message: string;
    }
  | { readonly do: "removeContainer"; readonly key: string; readonly id: string }
  | { readonly do: "stopSandbox"; readonly key: string; readonly id: string }
  | { readonly do: "removeSandbox"; readonly key: string; readonly id: string }
  | { readonly do: "drain"; readonly key: string }
  /** Writes the last status and deletes the API object. */
  | { readonly do: "release"; readonly key: string }
  /** Takes volumes and files down; `all` also forgets sandboxes and logs. */
  | { readonly do: "cleanUp"; readonly key: string; readonly all: boolean };

export interface PodPlan {
  readonly actions: readonly Action[];
  /** Decide again by then at the latest, should nothing happen before. */
  readonly wakeAtMs?: number;
  /** Why containers wait that would otherwise be starting, by name. */
  readonly waiting: ReadonlyMap<string, Waiting>;
}

/** Whether a container's postStart hook is still at work: until that has ended the container does not count as running. */
export function isInPostStart(container: Container, busy: ReadonlySet<string>): boolean {
  return container.lifecycle?.postStart !== undefined && busy.has(`start:${container.name}`);
}
