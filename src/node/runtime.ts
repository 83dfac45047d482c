import type { ByteStream, ExecSession } from "#base/streams.ts";
import type { ContainerConfig, LinuxResources, SandboxConfig } from "./runtime_config.ts";

export type SandboxState = "READY" | "NOTREADY";
export type ContainerState = "CREATED" | "RUNNING" | "EXITED" | "UNKNOWN";

/** Name and version of what runs the containers, as in `status.nodeInfo.containerRuntimeVersion`. */
export interface RuntimeVersion {
  /** For example `containerd`. */
  readonly name: string;
  readonly version: string;
}

/** One of the runtime's own conditions: `RuntimeReady`, `NetworkReady`. */
export interface RuntimeCondition {
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

/** A sandbox as a relist sees it. Times are milliseconds since the Unix epoch. */
export interface Sandbox {
  readonly id: string;
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
  readonly attempt: number;
  readonly state: SandboxState;
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface SandboxStatus extends Sandbox {
  /** The pod's own address; absent on the host's network. */
  readonly ip?: string;
  /** The network namespace's file; absent on the host's network, or once stopped. */
  readonly netnsPath?: string;
  /** A process in that namespace; absent on the host's network, or once stopped. */
  readonly pid?: number;
}

/** A container as a relist sees it. */
export interface Container {
  readonly id: string;
  readonly sandboxId: string;
  readonly name: string;
  readonly attempt: number;
  readonly state: ContainerState;
  readonly createdAtMs: number;
  /** The reference the container was created with. */
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ContainerStatus extends Omit<Container, "sandboxId"> {
  readonly startedAtMs?: number;
  readonly finishedAtMs?: number;
  /** Present once EXITED; 128 + signal number when a signal ended it, 128 when it could not be started. */
  readonly exitCode?: number;
  /** `Completed`, `Error`, `OOMKilled`, `StartError`, `ContainerCannotRun`, or empty. */
  readonly reason: string;
  readonly message: string;
  /** What to show as `imageID`: a repository digest, or the image id when the image came from no registry. */
  readonly imageRef: string;
  /** The image's config digest. */
  readonly imageId: string;
  /** The log file's whole path on the host. */
  readonly logPath: string;
  readonly mounts: readonly { readonly hostPath: string; readonly containerPath: string; readonly readonly: boolean }[];
}

export interface Image {
  /** Config digest, `sha256:…`. */
  readonly id: string;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly sizeBytes: number;
  /** The numeric user the image asks for; absent when it names one, or none. */
  readonly uid?: number;
  /** The user name the image asks for when it is not a number. */
  readonly username?: string;
  /** Never to be removed by image garbage collection. */
  readonly pinned: boolean;
}

/** Registry credentials of one pull. */
export interface ImageAuth {
  readonly username?: string;
  readonly password?: string;
  /** base64 of `username:password`. */
  readonly auth?: string;
  readonly serverAddress?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
}

export interface ContainerStats {
  readonly containerId: string;
  readonly timestampMs: number;
  /** CPU time since the start, nanoseconds. */
  readonly cpuNanoseconds: bigint;
  readonly memoryWorkingSetBytes: number;
  readonly memoryUsageBytes: number;
  readonly memoryRssBytes: number;
  readonly filesystemUsedBytes: number;
}

/** Where images (or writable layers) lie and what they take. */
export interface FilesystemUse {
  readonly mountpoint: string;
  readonly usedBytes: number;
  readonly inodesUsed: number;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/**
 * What happened since the last relist. `id` is a container's or a sandbox's. By the time a listener hears `exited`,
 * the status says EXITED (NOTREADY for a sandbox). `missed` means events may have been lost: list again.
 */
export type RuntimeEvent =
  | { readonly kind: "started"; readonly id: string }
  | { readonly kind: "exited"; readonly id: string; readonly exitCode: number }
  | { readonly kind: "missed" };

/**
 * Runs pods' containers on this machine. All methods reject with RuntimeUnavailable when the runtime does not answer,
 * and with NotFound when an id names nothing, unless they say otherwise. Everything survives a restart of the caller:
 * list by labels and go on.
 */
export interface Runtime {
  version(): Promise<RuntimeVersion>;
  conditions(): Promise<RuntimeCondition[]>;

  listSandboxes(): Promise<Sandbox[]>;
  listContainers(): Promise<Container[]>;

  /** Creates the pod's namespaces and network. Resolves with the sandbox id once it is READY. */
  runSandbox(config: SandboxConfig): Promise<string>;
  sandboxStatus(sandboxId: string): Promise<SandboxStatus>;
  /** Ends what runs in it and takes the network down. Idempotent, also for an unknown id. */
  stopSandbox(sandboxId: string): Promise<void>;
  /** Removes a sandbox and its containers; stops it first when needed. Idempotent, also for an unknown id. */
  removeSandbox(sandboxId: string): Promise<void>;

  /**
   * Prepares a container in a READY sandbox; nothing runs yet.
   *
   * @throws {NotFound} If the image is not present.
   */
  createContainer(sandboxId: string, config: ContainerConfig, sandbox: SandboxConfig): Promise<string>;
  /** @throws {StartError} If the command cannot be run; the container is then EXITED with exit code 128. */
  startContainer(containerId: string): Promise<void>;
  /**
   * Sends the image's stop signal (TERM by default), then KILL after `timeoutSeconds`; 0 kills at once. Resolves when
   * the container has ended. Idempotent, also for an unknown id.
   */
  stopContainer(containerId: string, timeoutSeconds: number): Promise<void>;
  /** Removes a container, by force if it runs. Idempotent, also for an unknown id. */
  removeContainer(containerId: string): Promise<void>;
  containerStatus(containerId: string): Promise<ContainerStatus>;
  updateResources(containerId: string, resources: LinuxResources): Promise<void>;
  /** Call after the log file was renamed: the next line goes to a new file. */
  reopenLog(containerId: string): Promise<void>;

  /**
   * Runs a command in a running container and collects its output (16 MiB at most per stream).
   *
   * @param timeoutMs 0 waits for ever.
   * @throws {ExecTimeout} If it has not ended in time; it was then killed.
   * @throws {StartError} If the command cannot be run, for example as it is not in $PATH.
   */
  execSync(containerId: string, command: readonly string[], timeoutMs: number): Promise<ExecResult>;
  /**
   * Runs a command with the session's streams and resolves with its exit code when it ended and its output was
   * delivered. When `session.signal` aborts the command is killed. Does not call `session.finish`.
   *
   * @throws {StartError} As `execSync`.
   */
  exec(
    containerId: string,
    command: readonly string[],
    session: ExecSession,
    options: { tty: boolean },
  ): Promise<number>;
  /**
   * Joins the streams of the container's first process; resolves when it ended or the session's signal aborted.
   * `stdin` and `tty` must be as the container was created. Does not call `session.finish`.
   */
  attach(containerId: string, session: ExecSession, options: { stdin: boolean; tty: boolean }): Promise<void>;
  /** Connects to a TCP port inside the pod, as if from its own 127.0.0.1. Rejects with an Error when nothing listens. */
  portForward(sandboxId: string, port: number): Promise<ByteStream>;

  /** The image, or undefined when it is not present. */
  imageStatus(reference: string): Promise<Image | undefined>;
  /**
   * @returns What to create containers with: the image id.
   * @throws {ImagePullError}
   */
  pullImage(reference: string, auth?: ImageAuth): Promise<string>;
  listImages(): Promise<Image[]>;
  /** Idempotent. */
  removeImage(reference: string): Promise<void>;
  /** Loads an OCI or docker archive from a file on this machine; resolves with the names it held. */
  importImage(tarPath: string): Promise<string[]>;
  imageFilesystem(): Promise<FilesystemUse | undefined>;

  /** Of all running containers. */
  containerStats(): Promise<ContainerStats[]>;

  /** Calls `listener` on every event until the returned function is called. */
  subscribe(listener: (event: RuntimeEvent) => void): () => void;
}
