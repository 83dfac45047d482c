export interface DnsConfig {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

/**
 * Which namespace a container lives in: the pod's, its own, the host's, or that of container `targetId`. `POD` and
 * `NODE` are the only choices for a sandbox's network and ipc.
 */
export type NamespaceMode = "POD" | "CONTAINER" | "NODE" | "TARGET";

export interface NamespaceOptions {
  readonly network: NamespaceMode;
  readonly pid: NamespaceMode;
  readonly ipc: NamespaceMode;
  /** The container whose pid namespace is joined when `pid` is `TARGET`. */
  readonly targetId?: string;
}

export type Seccomp =
  | { readonly type: "RuntimeDefault" }
  | { readonly type: "Unconfined" }
  /** A profile file on this machine, by its whole path. */
  | { readonly type: "Localhost"; readonly path: string };

/** Linux limits of one container; absent means unlimited, or the runtime's default. */
export interface LinuxResources {
  /** Microseconds. */
  readonly cpuPeriod?: number;
  /** Microseconds of CPU time per period. */
  readonly cpuQuota?: number;
  /** Relative weight, 2 to 262144. */
  readonly cpuShares?: number;
  readonly memoryLimitBytes?: number;
  /** -1000 (never) to 1000 (first) when memory runs out. */
  readonly oomScoreAdj?: number;
}

export interface SandboxSecurity {
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly supplementalGroups?: readonly number[];
  readonly readonlyRootfs?: boolean;
  readonly privileged?: boolean;
  readonly seccomp?: Seccomp;
}

export interface SandboxConfig {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
  /** Counts the sandboxes one pod has had, from 0. */
  readonly attempt: number;
  /** Ignored on the host's network. */
  readonly hostname: string;
  /** Container logs are written under it; it is created when missing. */
  readonly logDirectory: string;
  readonly dns: DnsConfig;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** A plain cgroup path such as `/knarr-dev/<pod uid>`. */
  readonly cgroupParent: string;
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly namespaces: NamespaceOptions;
  readonly security?: SandboxSecurity;
}

export type MountPropagation = "None" | "HostToContainer" | "Bidirectional";

/** A path of the host seen in the container. `hostPath` must exist: the runtime would make a directory of it. */
export interface ContainerMount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readonly: boolean;
  readonly propagation?: MountPropagation;
}

export interface ContainerSecurity {
  readonly privileged?: boolean;
  readonly addCapabilities?: readonly string[];
  readonly dropCapabilities?: readonly string[];
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly supplementalGroups?: readonly number[];
  readonly readonlyRootfs?: boolean;
  readonly noNewPrivileges?: boolean;
  readonly seccomp?: Seccomp;
  /** Paths hidden from the container; absent takes the usual ones, empty hides nothing (`procMount: Unmasked`). */
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
}

export interface ContainerConfig {
  readonly name: string;
  /** Counts the containers of this name in the pod, from 0. */
  readonly attempt: number;
  /** Image id or reference, present on this machine. */
  readonly image: string;
  /** Replaces the image's entrypoint when not empty. */
  readonly command: readonly string[];
  /** Replaces the image's arguments when not empty. */
  readonly args: readonly string[];
  readonly workingDir: string;
  readonly envs: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly ContainerMount[];
  /** Device nodes of the host shown in the container. */
  readonly devices?: readonly {
    readonly hostPath: string;
    readonly containerPath: string;
    readonly permissions: string;
  }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Under the sandbox's `logDirectory`; an existing file is appended to. */
  readonly logPath: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly resources: LinuxResources;
  readonly security: ContainerSecurity;
  readonly namespaces: NamespaceOptions;
}
