import type { Clock, Timer } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { NodeUsage } from "#api/metrics/node_usage.ts";
import { machineCounters } from "#sys/machine_facts.ts";
import type { Files } from "#sys/files.ts";
import { LABELS } from "./pod_names.ts";
import type { RuntimeView } from "./runtime_view.ts";
import type { Runtime } from "./runtime.ts";
import { usageBetween, type MeasuredContainer, type Measurement } from "./usage.ts";

export interface UsageMeterOptions {
  readonly runtime: Runtime;
  readonly view: RuntimeView;
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
}

/** metrics-server's default, --metric-resolution. */
const EVERY_MS = 15_000;

/** Measures the machine and its containers every fifteen seconds, and knows what was used over the last of them. */
export class UsageMeter {
  readonly #options: UsageMeterOptions;
  #measured: Measurement | undefined;
  #usage: NodeUsage = { pods: [] };
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: UsageMeterOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#measure();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  usage(): NodeUsage {
    return this.#usage;
  }

  /** The last measurement itself; undefined when it failed. */
  get measured(): Measurement | undefined {
    return this.#measured;
  }

  async #measure(): Promise<void> {
    try {
      const now = await this.#look();
      this.#usage = usageBetween(this.#measured, now);
      this.#measured = now;
    } catch (error) {
      // Figures from before would look as if they were of now.
      this.#usage = { pods: [] };
      this.#measured = undefined;
      if (!this.#stopped) this.#options.log.debug("cannot measure what is used", { error });
    }
    if (!this.#stopped) this.#timer = this.#options.clock.after(EVERY_MS, () => void this.#measure());
  }

  async #look(): Promise<Measurement> {
    const { runtime, files, clock } = this.#options;
    const [stats, counters] = await Promise.all([runtime.containerStats(), machineCounters(files)]);
    const atMs = clock.now();
    const machine = counters && { atMs, ...counters };
    const containers = stats.flatMap(({ containerId, timestampMs, cpuNanoseconds, memoryWorkingSetBytes }) => {
      const counted = { atMs: timestampMs, cpuNanoseconds, memoryBytes: memoryWorkingSetBytes };
      const placed = this.#placed(containerId);
      return placed ? [{ ...placed, ...counted }] : [];
    });
    return { atMs, machine, containers };
  }

  /** Whose container it is; undefined for one that is not of a pod, or is gone by now. */
  #placed(id: string): Pick<MeasuredContainer, "id" | "name" | "startedAtMs" | "pod"> | undefined {
    const container = this.#options.view.container(id);
    if (container === undefined || container.state !== "RUNNING") return undefined;
    const { labels, name, startedAtMs = 0 } = container;
    const pod = {
      namespace: labels[LABELS.podNamespace] ?? "",
      name: labels[LABELS.podName] ?? "",
      uid: labels[LABELS.podUid] ?? "",
    };
    return pod.uid === "" ? undefined : { id, name, startedAtMs, pod };
  }
}
