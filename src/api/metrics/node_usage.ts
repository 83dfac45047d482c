/** What something uses: processor time in billionths of a core, and the memory that cannot be taken from it. */
export interface ResourceUse {
  readonly cpuNanocores: number;
  readonly memoryBytes: number;
}

/** What the containers of one pod use. Pods of which a running container has not been measured yet are left out. */
export interface PodUse {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** When the last of the two measurements was made, and how long after the first. */
  readonly timestampMs: number;
  readonly windowMs: number;
  readonly containers: readonly (ResourceUse & { readonly name: string })[];
}

/** What a node's agent found out about the use of its machine. */
export interface NodeUsage {
  /** Absent until the machine has been measured twice. */
  readonly node?: (ResourceUse & { readonly timestampMs: number; readonly windowMs: number }) | undefined;
  readonly pods: readonly PodUse[];
}
