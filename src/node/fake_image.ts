import type { Clock } from "#base/clock.ts";
import type { ByteStream } from "#base/streams.ts";
import type { ImagePullError } from "./runtime_errors.ts";

/** A running fake container, as its program sees it. */
export interface FakeProcess {
  readonly containerId: string;
  /** Container name and how many of that name came before it. */
  readonly name: string;
  readonly attempt: number;
  /** Command and arguments together. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Writes one line to the container's log and to whoever is attached. */
  print(line: string, stream?: "stdout" | "stderr"): void;
  /** Ends the container; later calls do nothing. */
  exit(exitCode: number, reason?: string): void;
  /** Takes over TERM; without it TERM ends the container with exit code 0. */
  onTerminate(handler: () => void): void;
  /** Takes what an attached client types. */
  onInput(handler: (chunk: Uint8Array) => void): void;
}

/** What a container does once started. It must return at once and go on by the process's clock. */
export type FakeProgram = (process: FakeProcess) => void;

/** What a command does inside a fake container. */
export interface FakeExec {
  readonly exitCode: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** How long it takes; 0 by default. */
  readonly durationMs?: number;
  /** Copies stdin to stdout before it ends, like `cat`. */
  readonly echo?: boolean;
}

/** What a container uses of its machine. */
export interface FakeUse {
  readonly cpuMilli?: number | undefined;
  readonly memoryBytes?: number | undefined;
}

export interface FakeImage {
  readonly sizeBytes?: number;
  readonly uid?: number;
  readonly username?: string;
  /** Runs for ever unless given. */
  readonly program?: FakeProgram;
  /** Succeeds silently unless given; `"missing"` is a command that is not in $PATH. */
  readonly exec?: (command: readonly string[], process: FakeProcess) => FakeExec | "missing";
  /** TCP ports the container listens on, with what it does to a connection. */
  readonly ports?: Readonly<Record<number, (connection: ByteStream) => void | Promise<void>>>;
  /** The status of a GET by a probe or hook; nothing for a refused connection. 200 everywhere unless given. */
  readonly http?: (
    request: { readonly port: number; readonly path: string },
    process: FakeProcess,
  ) => number | undefined;
  /** What it uses at this moment; a hundredth of a core and 8 MiB unless given. */
  readonly use?: (process: FakeProcess) => FakeUse;
  /** Starting fails with this text. */
  readonly startError?: string;
  /** Pulling fails in this way; an array is consumed, one failure per pull, then pulls succeed. */
  readonly pullError?: ImagePullError | ImagePullError[];
  readonly pullMs?: number;
}

/** Runs until it is told to stop. */
export const runForever: FakeProgram = () => {};

/** Ends by itself `afterMs` after its start. */
export function exitAfter(afterMs: number, exitCode: number): FakeProgram {
  return (process) => void process.clock.after(afterMs, () => process.exit(exitCode, ""));
}

/** Runs for ever and does not react to TERM: only KILL ends it. */
export const ignoreTerminate: FakeProgram = (process) => process.onTerminate(() => {});

/** On TERM goes on for `drainMs`, then ends with exit code 0. */
export function drainFor(drainMs: number): FakeProgram {
  return (process) => process.onTerminate(() => void process.clock.after(drainMs, () => process.exit(0)));
}
