/** What a running cluster says of itself in `run/state.json`, written whole at each change. */
export interface ClusterState {
  readonly pid: number;
  /** `failed` keeps the reason for whoever waits; the process is gone soon after. */
  readonly phase: "starting" | "ready" | "stopping" | "failed";
  /** What is being waited for, or what went wrong, in words for a person. */
  readonly message: string;
  /** What to do about a failure. */
  readonly hint?: string;
  readonly server: string;
  readonly version: string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  /** Milliseconds from the start of the process until the API answered, and until every node was Ready. */
  readonly apiReadyMs?: number;
  readonly nodesReadyMs?: number;
}

/** Reads a state file's text; undefined when it is not one (half a file, an older version's). */
export function parseState(text: string): ClusterState | undefined {
  try {
    const state = JSON.parse(text) as Partial<ClusterState> | null;
    return typeof state?.pid === "number" && typeof state.phase === "string" ? (state as ClusterState) : undefined;
  } catch {
    return undefined;
  }
}
