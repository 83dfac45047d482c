/**
 * The life of simulated pods and nodes as data. A `Stages` document says whom it is for and which way they go: from one
 * named state to the next, after how long, and what the API then shows. examples/stages has one for each way to fail.
 */

/** Who lives by a document. Everything given must match; lists match by any of theirs. */
export interface Selects {
  readonly kind: "Pod" | "Node";
  /** Names, with `*` for any text. */
  readonly names?: readonly string[];
  /** Image of the first container, with `*` for any text. Pods only. */
  readonly images?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Pods only. */
  readonly restartPolicies?: readonly string[];
}

/** What the API shows of a pod in a state. Texts may say `{pod}`, `{container}`, `{image}` and `{backoff}`. */
export type PodShow =
  | { readonly waiting: { readonly reason: string; readonly message?: string } }
  | { readonly running: { readonly ready: boolean } }
  /** The containers ended. If their restart policy does not start them again, so does the pod. */
  | { readonly exited: { readonly code: number; readonly reason?: string; readonly message?: string } }
  /** The node let the pod go. */
  | { readonly failed: { readonly reason: string; readonly message?: string } }
  /** Taken out of the API: the end of a pod that was asked to go. */
  | { readonly gone: true };

/** What the API shows of a node, and what befalls its pods. */
export interface NodeShow {
  /** Conditions beside `Ready`, for example `{ DiskPressure: "True" }`. */
  readonly conditions: Readonly<Record<string, "True" | "False">>;
  /** How many of its pods the node evicts, the least important first. */
  readonly evicts?: number;
}

/** How long a state lasts. */
export type Delay =
  /** Milliseconds, decided by the seed. */
  | { readonly minMs: number; readonly maxMs: number }
  /** 10 s, doubled each time up to 5 min: kubelet's pace for restarts and pulls. */
  | "backoff"
  /** Until the pod's grace period is over. */
  | "grace";

/** One step: in state `from`, after `after`, it is `to` and shows `show`. */
export interface Stage<Show> {
  readonly from: string;
  readonly after: Delay;
  readonly to: string;
  readonly show: Show;
}

interface Named {
  readonly name: string;
  readonly selects: Selects;
}

export interface PodStages extends Named {
  /** Begins in `bound` when the pod comes to the node or is started anew, and in `terminating` when it shall go. */
  readonly stages: readonly Stage<PodShow>[];
}

export interface NodeStages extends Named {
  /** Begins in `registered`. */
  readonly stages: readonly Stage<NodeShow>[];
}

/** Ways of life, the first that selects somebody is theirs. */
export interface StageBook {
  readonly pods: readonly PodStages[];
  readonly nodes: readonly NodeStages[];
}

/** A second to start; SIGTERM is heeded in half a second. */
export const RUNS: PodStages = {
  name: "runs",
  selects: { kind: "Pod" },
  stages: [
    { from: "bound", after: { minMs: 1_000, maxMs: 1_000 }, to: "serving", show: { running: { ready: true } } },
    { from: "terminating", after: { minMs: 500, maxMs: 500 }, to: "gone", show: { gone: true } },
  ],
};

/** Work that is done after five seconds. */
export const COMPLETES: PodStages = {
  name: "completes",
  selects: { kind: "Pod", restartPolicies: ["Never", "OnFailure"] },
  stages: [
    { from: "bound", after: { minMs: 1_000, maxMs: 1_000 }, to: "working", show: { running: { ready: true } } },
    { from: "working", after: { minMs: 5_000, maxMs: 5_000 }, to: "done", show: { exited: { code: 0 } } },
    { from: "terminating", after: { minMs: 500, maxMs: 500 }, to: "gone", show: { gone: true } },
  ],
};
