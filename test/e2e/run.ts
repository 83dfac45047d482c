import { spawn } from "node:child_process";

/** What a program said and how it ended. */
export interface Run {
  readonly stdout: string;
  readonly stderr: string;
  /** 128 and the signal's number when a signal ended it, as a shell has it. */
  readonly code: number;
}

export interface RunOptions {
  readonly stdin?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds until it is killed, which fails the test by exit code 137. */
  readonly timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 120_000;

/** Runs a program to its end. Rejects only when it cannot be started. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: options.env ?? process.env,
      stdio: ["pipe", "pipe", "pipe"],
      timeout: options.timeoutMs ?? TIMEOUT_MS,
      killSignal: "SIGKILL",
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("error", reject);
    child.once("close", (code) => resolve({ stdout, stderr, code: code ?? 137 }));
    // A program that ends before it has read everything breaks the pipe; its exit code tells the story.
    child.stdin.on("error", () => {}).end(options.stdin ?? "");
  });
}
