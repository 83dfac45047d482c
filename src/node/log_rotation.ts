import type { Clock, Timer } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Files } from "#sys/files.ts";
import type { RuntimeView } from "./runtime_view.ts";
import type { Runtime } from "./runtime.ts";

/** kubelet's defaults: containerLogMaxSize, containerLogMaxFiles, containerLogMonitorInterval. */
const ROTATION = { bytesMax: 10 * 1024 * 1024, filesMax: 5, everyMs: 10_000 } as const;

export interface LogRotationOptions {
  readonly files: Files;
  readonly runtime: Runtime;
  readonly view: RuntimeView;
  readonly clock: Clock;
  readonly log: Log;
}

/** Keeps the logs of running containers from growing without bound. */
export class LogRotation {
  readonly #options: LogRotationOptions;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: LogRotationOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = this.#options.clock.after(ROTATION.everyMs, () => {
      void this.#round().finally(() => !this.#stopped && this.start());
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async #round(): Promise<void> {
    const { view, files, log } = this.#options;
    for (const uid of view.podUids) {
      for (const { id, state, logPath } of view.of(uid).containers) {
        if (state !== "RUNNING") continue;
        const size = await files.stat(logPath).then(
          (stat) => stat.sizeBytes,
          () => 0,
        );
        if (size < ROTATION.bytesMax) continue;
        await this.#rotate(id, logPath).catch((error: unknown) => log.warn("cannot rotate a log", { logPath, error }));
      }
    }
  }

  /** Renames the file, has the runtime begin a new one, and removes the oldest of the renamed. */
  async #rotate(id: string, path: string): Promise<void> {
    const { files, runtime, clock } = this.#options;
    const stamp = new Date(clock.now()).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
    const renamed = `${path}.${stamp}`;
    await files.rename(path, renamed);
    try {
      await runtime.reopenLog(id);
    } catch (error) {
      // The runtime still writes to the renamed file: give it back its name, so that nothing is lost to readers.
      await files.rename(renamed, path);
      throw error;
    }
    const slash = path.lastIndexOf("/");
    const [directory, name] = [path.slice(0, slash), path.slice(slash + 1)];
    const old = (await files.readDirectory(directory)).filter((entry) => entry.name.startsWith(`${name}.`));
    // Their names sort by time. The file in use is one of those that may be kept.
    for (const { name: each } of old.slice(0, Math.max(0, old.length - (ROTATION.filesMax - 1)))) {
      await files.remove(`${directory}/${each}`);
    }
  }
}
