import { backoffMs, type Backoff } from "#base/backoff.ts";
import type { Clock, Timer } from "#base/clock.ts";
import { Heap } from "#base/heap.ts";
import type { Pod } from "#api/core/pod.ts";

/** kube-scheduler's podInitialBackoffSeconds and podMaxBackoffSeconds. */
const BACKOFF: Backoff = { baseMs: 1_000, maxMs: 10_000 };
/** A pod that no event has brought back is looked at again after this long. */
const UNSCHEDULABLE_MS_MAX = 5 * 60_000;

interface Entry {
  pod: Pod;
  /** Attempts that found no node. */
  attempts: number;
  /** Where it waits; every `active` entry is in `#active`. */
  state: "active" | "backoff" | "unschedulable" | "scheduling" | "gone";
  /** An event that may help came while the pod was being looked at. */
  woken: boolean;
  order: number;
  timer?: Timer;
}

/** Pods without a node, in the order in which they are to be looked at. */
export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #onReady: () => void;
  readonly #entries = new Map<string, Entry>();
  /** Highest priority first, then longest waiting. Entries that are no longer `active` are skipped when met. */
  readonly #active = new Heap<Entry>((a, b) => priorityOf(b) - priorityOf(a) || a.order - b.order);
  #order = 0;

  /** @param onReady Called when a pod becomes ready to be looked at. */
  constructor(clock: Clock, onReady: () => void) {
    this.#clock = clock;
    this.#onReady = onReady;
  }

  /** A new pod, or a newer version of one that waits. A changed pod is looked at anew. */
  put(pod: Pod): void {
    const entry = this.#entries.get(pod.metadata.uid);
    if (entry === undefined) {
      this.#entries.set(pod.metadata.uid, {
        pod,
        attempts: 0,
        state: "scheduling",
        woken: false,
        order: this.#order++,
      });
      this.#activate(pod.metadata.uid);
      return;
    }
    // Our own condition on the pod is no reason to try again.
    const changed = JSON.stringify(entry.pod.spec) !== JSON.stringify(pod.spec);
    entry.pod = pod;
    if (changed) this.#wake(pod.metadata.uid, entry);
  }

  remove(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry === undefined) return;
    entry.timer?.cancel();
    entry.state = "gone";
    this.#entries.delete(uid);
  }

  /** The next pod: highest priority first, then longest waiting. It stays known until `remove` or `unschedulable`. */
  next(): Pod | undefined {
    for (let entry = this.#active.pop(); entry; entry = this.#active.pop()) {
      if (entry.state !== "active") continue;
      entry.state = "scheduling";
      entry.woken = false;
      return entry.pod;
    }
    return undefined;
  }

  /** No node would do: waits for an event that may change that. */
  unschedulable(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry === undefined) return;
    entry.attempts++;
    if (entry.woken) this.#backOff(uid, entry);
    else {
      entry.state = "unschedulable";
      entry.timer = this.#clock.after(UNSCHEDULABLE_MS_MAX, () => this.#activate(uid));
    }
  }

  /** It could not be bound: tried again after a pause. */
  retry(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry === undefined) return;
    entry.attempts++;
    this.#backOff(uid, entry);
  }

  /** Something changed that may make room: a node came or grew, a pod went. */
  wakeAll(): void {
    for (const [uid, entry] of this.#entries) this.#wake(uid, entry);
  }

  stop(): void {
    for (const entry of this.#entries.values()) entry.timer?.cancel();
    this.#entries.clear();
    while (this.#active.pop() !== undefined);
  }

  #wake(uid: string, entry: Entry): void {
    if (entry.state === "scheduling") entry.woken = true;
    if (entry.state === "unschedulable") this.#backOff(uid, entry);
  }

  #backOff(uid: string, entry: Entry): void {
    entry.timer?.cancel();
    entry.state = "backoff";
    entry.timer = this.#clock.after(backoffMs(BACKOFF, Math.max(0, entry.attempts - 1)), () => this.#activate(uid));
  }

  #activate(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry === undefined) return;
    entry.timer?.cancel();
    if (entry.state !== "active") this.#active.push(entry);
    entry.state = "active";
    this.#onReady();
  }
}

function priorityOf(entry: Entry): number {
  return entry.pod.spec.priority ?? 0;
}
