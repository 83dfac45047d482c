import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export interface CommandResult {
  /** 128 + the signal's number when a signal ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface CommandOptions {
  /** Written to its standard input, which is then closed. */
  readonly input?: string | Uint8Array;
  /** KILL after this many milliseconds; 60,000 by default. */
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/**
 * Runs a program of this machine to its end, without a shell. A non-zero exit code is a result, not an error; rejects
 * when the program cannot be started or does not end in time. The door tests replace by a function of their own.
 */
export type RunCommand = (argv: readonly string[], options?: CommandOptions) => Promise<CommandResult>;

/** The program ended with a code other than 0; the message holds what it wrote to stderr. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
  readonly exitCode: number;

  constructor(argv: readonly string[], result: CommandResult) {
    super(`${argv.join(" ")} ended with ${result.exitCode}: ${(result.stderr || result.stdout).trim()}`);
    this.exitCode = result.exitCode;
  }
}

export const runCommand: RunCommand = (argv, options = {}) =>
  new Promise((resolve, reject) => {
    const [program = "", ...args] = argv;
    const child = spawn(program, args, {
      stdio: ["pipe", "pipe", "pipe"],
      ...(options.cwd !== undefined && { cwd: options.cwd }),
      ...(options.env && { env: { ...process.env, ...options.env } }),
    });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    let late = false;
    const timeoutMs = options.timeoutMs ?? 60_000;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
    // A program that ends without reading its input breaks the pipe; its exit code says what went wrong.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input);
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (late) reject(new Error(`${argv.join(" ")} did not end within ${timeoutMs} ms`));
      const exitCode = code ?? 128 + (signal ? (SIGNAL_NUMBERS[signal] ?? 0) : 0);
      resolve({ exitCode, stdout: Buffer.concat(output).toString(), stderr: Buffer.concat(errors).toString() });
    });
  });

/** Like `run`, but anything other than exit code 0 is a CommandFailed. Resolves with stdout. */
export async function mustRun(run: RunCommand, argv: readonly string[], options?: CommandOptions): Promise<string> {
  const result = await run(argv, options);
  if (result.exitCode !== 0) throw new CommandFailed(argv, result);
  return result.stdout;
}

const SIGNAL_NUMBERS: Partial<Record<NodeJS.Signals, number>> = {
  SIGTERM: 15,
  SIGKILL: 9,
  SIGINT: 2,
  SIGSEGV: 11,
  SIGABRT: 6,
  SIGPIPE: 13,
  SIGHUP: 1,
};

/**
 * Starts a program in a session of its own that outlives this process; its output is appended to `logPath`.
 *
 * @returns Its process id.
 */
export function spawnDetached(argv: readonly string[], logPath: string): Promise<number> {
  mkdirSync(dirname(logPath), { recursive: true });
  const log = openSync(logPath, "a", 0o600);
  const [program = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { detached: true, stdio: ["ignore", log, log], cwd: "/" });
    closeSync(log);
    child.once("error", reject);
    child.once("spawn", () => {
      child.unref();
      resolve(child.pid ?? 0);
    });
  });
}

/** Sends a signal; false when there is no such process. Signal 0 only asks. */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** The command line of a live process, or undefined when it is gone (a zombie counts as gone). */
export function processArguments(pid: number): string[] | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return line === "" ? undefined : line.replace(/\0$/, "").split("\0");
  } catch {
    return undefined;
  }
}

/** The ids of live processes whose command line `matches`. */
export function findProcesses(matches: (argv: readonly string[]) => boolean): number[] {
  return readdirSync("/proc").flatMap((name) => {
    const argv = /^\d+$/.test(name) ? processArguments(Number(name)) : undefined;
    return argv !== undefined && matches(argv) ? [Number(name)] : [];
  });
}

/**
 * Waits until a process is gone.
 *
 * @returns Whether it was gone before `timeoutMs` had passed.
 */
export async function processGone(pid: number, timeoutMs: number): Promise<boolean> {
  const until = performance.now() + timeoutMs;
  while (processArguments(pid) !== undefined) {
    if (performance.now() > until) return false;
    await delay(10);
  }
  return true;
}

/** Runs a program on this process's own terminal. Resolves with its exit code; interrupts go to it alone. */
export function runAttached(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
  const [program = "", ...args] = argv;
  const ignore = () => {};
  process.on("SIGINT", ignore);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit", env: { ...process.env, ...env } });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGINT", ignore);
      resolve(code ?? 128 + (signal ? (SIGNAL_NUMBERS[signal] ?? 0) : 0));
    });
  });
}
