import type { Clock } from "#base/clock.ts";
import type { Files } from "#sys/files.ts";
import type { RunCommand } from "#sys/process.ts";
import type { ClusterPaths } from "./paths.ts";
import type { Terminal } from "./terminal.ts";

/** The processes of this machine, as far as commands touch them. */
export interface Processes {
  readonly run: RunCommand;
  /** Runs a program on this very terminal. Resolves with its exit code. */
  attached(argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<number>;
  spawnDetached(argv: readonly string[], logPath: string): Promise<number>;
  signal(pid: number, signal: "SIGTERM" | "SIGKILL" | 0): boolean;
  /** The command line of a live process, or undefined when it is gone. */
  arguments(pid: number): string[] | undefined;
  /** Whether it was gone before `timeoutMs` had passed. */
  gone(pid: number, timeoutMs: number): Promise<boolean>;
}

/** What is done to a cluster's nodes on this machine while no Knarr process is in charge of it, or beside it. */
export interface Machine {
  /** Starts those agents of a running cluster's further nodes that have died. Returns their nodes' names. */
  reviveAgents(paths: ClusterPaths, program: readonly string[]): Promise<readonly string[]>;
  /** Ends the agents of further nodes; their containers run on. */
  stopAgents(paths: ClusterPaths): Promise<void>;
  /** Ends every container and the containerd below them; images and volumes stay. */
  stopContainers(paths: ClusterPaths): Promise<void>;
  /** Removes every trace: processes, mounts, namespaces, links, nft tables, cgroups, files. */
  purge(paths: ClusterPaths): Promise<void>;
  /** Imports an OCI or docker archive; returns the references it brought. The nodes' containerds must run. */
  importImages(paths: ClusterPaths, archive: string): Promise<readonly string[]>;
  listImages(paths: ClusterPaths): Promise<readonly NodeImage[]>;
}

export interface NodeImage {
  readonly reference: string;
  readonly id: string;
  readonly sizeBytes: number;
}

/** What a snapshot holds, as a person is told. */
export interface SnapshotSummary {
  readonly revision: number;
  readonly objects: number;
}

/** Copies of what a cluster's store holds. Both throw an Error that says why not; nothing has changed then. */
export interface Snapshots {
  /** Into a new file, whether or not the cluster runs. */
  save(paths: ClusterPaths, file: string): Promise<SnapshotSummary>;
  /** In the place of what a stopped cluster has, or for one that is yet to be started. */
  restore(paths: ClusterPaths, file: string): Promise<SnapshotSummary>;
}

/** How a cluster is started. */
export interface ServeOptions {
  readonly paths: ClusterPaths;
  /** Port of the API on 127.0.0.1. */
  readonly port: number;
  /** Networks asked for, each a /16; only heard at a cluster's first start. */
  readonly networks: { readonly podCidr?: string; readonly serviceCidr?: string };
  /** Nodes asked for: how many with containers on this machine, and how soon a lost one is given up. With none neither root nor containerd is needed. */
  readonly nodes: {
    readonly count?: number;
    readonly fastFailover?: boolean;
    /** How many without a machine beside them. */
    readonly simulated?: number;
    /** How pods on those live: absolute path of a stage file or a directory of them. */
    readonly stages?: string;
  };
  /** The command line that starts this program, without arguments: agents of further nodes are started with it. */
  readonly program: readonly string[];
}

/** Everything a command may reach. Commands hold no other door, so their tests bring their own. */
export interface Cli {
  readonly terminal: Terminal;
  readonly files: Files;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isRoot: boolean;
  readonly processes: Processes;
  readonly machine: Machine;
  readonly snapshots: Snapshots;
  /** The command line that starts this program, without arguments. */
  readonly program: readonly string[];
  /** The repository this program was started from. */
  readonly root: string;
  readonly version: string;
  /** GET over plain HTTP, for the demo's own application. */
  httpGet(url: string): Promise<{ readonly status: number; readonly body: string }>;
  /** Runs the cluster in this process until it is told to stop. */
  serve(options: ServeOptions): Promise<void>;
  /** Runs the agent of one of the cluster's further nodes in this process until it is told to stop. */
  serveAgent(paths: ClusterPaths, number: number): Promise<void>;
}
