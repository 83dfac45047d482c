import type { Clock } from "#base/clock.ts";
import type { FakeImage, FakeProcess, FakeUse } from "./fake_image.ts";
import type { ContainerConfig } from "./runtime_config.ts";
import type { Container, ContainerState, ContainerStats, ContainerStatus } from "./runtime.ts";

interface FakeContainerOptions {
  readonly id: string;
  readonly sandboxId: string;
  readonly config: ContainerConfig;
  readonly image: FakeImage;
  readonly imageId: string;
  /** The log file's whole path. */
  readonly logPath: string;
  readonly clock: Clock;
  readonly appendLog: (path: string, text: string) => void;
  readonly started: () => void;
  readonly exited: () => void;
}

/** One container of the fake runtime: its state, and the process its program runs against. */
export class FakeContainer implements FakeProcess {
  readonly containerId: string;
  readonly sandboxId: string;
  readonly config: ContainerConfig;
  readonly image: FakeImage;
  readonly clock: Clock;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly name: string;
  readonly attempt: number;
  readonly createdAtMs: number;
  /** Told each line as it is printed: the attached clients. */
  readonly watchers = new Set<(line: string, stream: "stdout" | "stderr") => void>();
  state: ContainerState = "CREATED";
  /** How often `reopenLog` was asked for. */
  logReopens = 0;
  #startedAtMs: number | undefined;
  #finishedAtMs: number | undefined;
  #exitCode = 0;
  #reason = "";
  #message = "";
  #terminate: (() => void) | undefined;
  /** Processor time used until `#countedAtMs`. */
  #cpuNanoseconds = 0n;
  #countedAtMs = 0;
  #input: ((chunk: Uint8Array) => void) | undefined;
  readonly #options: FakeContainerOptions;
  readonly #onExit: (() => void)[] = [];

  constructor(options: FakeContainerOptions) {
    this.#options = options;
    const { config } = options;
    this.containerId = options.id;
    this.sandboxId = options.sandboxId;
    this.config = config;
    this.image = options.image;
    this.clock = options.clock;
    this.command = [...config.command, ...config.args];
    this.env = Object.fromEntries(config.envs.map((env) => [env.name, env.value]));
    this.name = config.name;
    this.attempt = config.attempt;
    this.createdAtMs = options.clock.now();
  }

  start(): void {
    this.state = "RUNNING";
    this.#startedAtMs = this.clock.now();
    this.#countedAtMs = this.#startedAtMs;
    // Before the program: one that ends at once must be heard as started, then exited.
    this.#options.started();
    this.image.program?.(this);
  }

  fail(message: string): void {
    this.state = "EXITED";
    this.#startedAtMs = this.clock.now();
    this.#finishedAtMs = this.clock.now();
    this.#exitCode = 128;
    this.#reason = "StartError";
    this.#message = message;
  }

  print(line: string, stream: "stdout" | "stderr" = "stdout"): void {
    if (this.state !== "RUNNING") return;
    const at = new Date(this.clock.now()).toISOString().replace("Z", "000000Z");
    this.#options.appendLog(this.#options.logPath, `${at} ${stream} F ${line}\n`);
    for (const watcher of this.watchers) watcher(line, stream);
  }

  exit(exitCode: number, reason?: string): void {
    if (this.state !== "RUNNING") return;
    this.state = "EXITED";
    this.#finishedAtMs = this.clock.now();
    this.#exitCode = exitCode;
    this.#reason = reason || (exitCode === 0 ? "Completed" : "Error");
    this.#options.exited();
    for (const run of this.#onExit.splice(0)) run();
  }

  onTerminate(handler: () => void): void {
    this.#terminate = handler;
  }

  onInput(handler: (chunk: Uint8Array) => void): void {
    this.#input = handler;
  }

  terminate(): void {
    if (this.#terminate) this.#terminate();
    else this.exit(0);
  }

  input(chunk: Uint8Array): void {
    this.#input?.(chunk);
  }

  /** Resolves when it has ended; at once when it does not run. */
  ended(): Promise<void> {
    if (this.state !== "RUNNING") return Promise.resolve();
    return new Promise((resolve) => this.#onExit.push(resolve));
  }

  get exitCode(): number {
    return this.#exitCode;
  }

  /**
   * What it has used so far: since the last time it was asked at the rate of now.
   *
   * @param use Goes before what its image says.
   */
  stats(use?: FakeUse): ContainerStats {
    const { cpuMilli = 10, memoryBytes = 8 << 20 } = { ...this.image.use?.(this), ...use };
    const nowMs = this.clock.now();
    this.#cpuNanoseconds += BigInt(Math.round((nowMs - this.#countedAtMs) * cpuMilli * 1000));
    this.#countedAtMs = nowMs;
    return {
      containerId: this.containerId,
      timestampMs: nowMs,
      cpuNanoseconds: this.#cpuNanoseconds,
      memoryWorkingSetBytes: memoryBytes,
      memoryUsageBytes: memoryBytes,
      memoryRssBytes: memoryBytes,
      filesystemUsedBytes: 4096,
    };
  }

  listed(): Container {
    const { containerId: id, sandboxId, name, attempt, state, createdAtMs } = this;
    const { image, labels, annotations } = this.config;
    return { id, sandboxId, name, attempt, state, createdAtMs, image, labels, annotations };
  }

  status(): ContainerStatus {
    const { config, imageId, logPath } = this.#options;
    const { sandboxId: _, ...listed } = this.listed();
    return {
      ...listed,
      ...(this.#startedAtMs !== undefined && { startedAtMs: this.#startedAtMs }),
      ...(this.#finishedAtMs !== undefined && { finishedAtMs: this.#finishedAtMs, exitCode: this.#exitCode }),
      reason: this.#reason,
      message: this.#message,
      imageRef: imageId,
      imageId,
      logPath,
      mounts: config.mounts,
    };
  }
}
