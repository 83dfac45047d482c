import { backoffMs, type Backoff } from "#base/backoff.ts";
import type { Clock, Timer } from "#base/clock.ts";
import { Heap } from "#base/heap.ts";
import type { PodInfo } from "../nodes/pod_info.ts";
import type { ClusterEvent } from "./cluster_event.ts";

/** kube-scheduler's podInitialBackoffSeconds and podMaxBackoffSeconds. */
const BACKOFF: Backoff = { baseMs: 1_000, maxMs: 10_000 };
/** A pod that no event has brought back is looked at again after this long; that is checked so often. */
const UNSCHEDULABLE_MS_MAX = 5 * 60_000;
const FLUSH_MS = 30_000;
/** A placed pod makes room only for those that want to be near it, or spread against it. */
const HELPED_BY_PLACEMENT: readonly string[] = ["InterPodAffinity", "PodTopologySpread"];

type State = "gated" | "active" | "backoff" | "failed" | "unschedulable" | "deciding" | "binding" | "gone";

interface Entry {
  pod: PodInfo;
  state: State;
  /** Attempts that found no node, and those that failed for another reason. */
  refusals: number;
  errors: number;
  order: number;
  /** Who refused it at the last attempt. */
  refusedBy: ReadonlySet<string>;
  /** Milliseconds of the monotonic clock: since when it is unschedulable, or until when it backs off. */
  atMs: number;
  /** What happened while it was being looked at. */
  missed: ClusterEvent[];
  /** Its victims are being evicted: it waits even when an event would bring it back. */
  isHeld: boolean;
}

export interface QueueOptions {
  readonly clock: Clock;
  /** Called when a pod may be ready to be looked at. */
  onReady(): void;
  /** Whether an event may let a pod be placed that these plugins refused. */
  mayHelp(event: ClusterEvent, pod: PodInfo, refusedBy: ReadonlySet<string>): boolean;
}

/**
 * Pods without a node. Active ones are looked at in order; unschedulable ones wait for an event that may help them
 * and then back off, which is cut short when nothing else is to be done; gated ones wait for their gates to go.
 */
export class SchedulingQueue {
  readonly #options: QueueOptions;
  readonly #entries = new Map<string, Entry>();
  /** Highest priority first, then longest waiting. Heaps may hold entries that have left the state: they are skipped. */
  readonly #active = new Heap<Entry>((a, b) => b.pod.priority - a.pod.priority || a.order - b.order);
  readonly #backoff = new Heap<Entry>((a, b) => a.atMs - b.atMs || a.order - b.order);
  readonly #failed = new Heap<Entry>((a, b) => a.atMs - b.atMs || a.order - b.order);
  readonly #unschedulable = new Set<Entry>();
  #failedTimer: Timer | undefined;
  #flushTimer: Timer | undefined;
  #order = 0;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** A new pod, or a newer version of one that waits. */
  put(pod: PodInfo): void {
    const entry = this.#entries.get(pod.uid);
    if (entry === undefined) {
      const fresh = { refusals: 0, errors: 0, refusedBy: new Set<string>(), atMs: 0, missed: [], isHeld: false };
      const added: Entry = { ...fresh, pod, state: "gated", order: this.#order++ };
      this.#entries.set(pod.uid, added);
      if (!isGated(pod)) this.#activate(added);
      return;
    }
    const previous = entry.pod;
    entry.pod = pod;
    if (entry.state === "gated" && !isGated(pod)) this.#activate(entry);
    else if (entry.state === "unschedulable" && mayBePlacedNow(pod, previous)) this.#backOff(entry);
  }

  remove(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry === undefined) return;
    entry.state = "gone";
    this.#entries.delete(uid);
    this.#unschedulable.delete(entry);
  }

  has(uid: string): boolean {
    return this.#entries.has(uid);
  }

  /** The next pod to be looked at. It stays known until `remove`; one of the verbs below must follow. */
  next(): PodInfo | undefined {
    this.#wakeExpired(this.#backoff, "backoff");
    const entry = pop(this.#active, "active") ?? pop(this.#backoff, "backoff");
    if (entry === undefined) return undefined;
    entry.state = "deciding";
    entry.missed = [];
    return entry.pod;
  }

  /** It has a node: events no longer concern it, unless the binding fails. */
  binding(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry) entry.state = "binding";
  }

  /** No node would do. */
  unschedulable(uid: string, refusedBy: ReadonlySet<string>): void {
    const entry = this.#entries.get(uid);
    if (entry === undefined) return;
    const { mayHelp } = this.#options;
    entry.refusals++;
    entry.errors = 0;
    entry.refusedBy = refusedBy;
    entry.order = this.#order++;
    entry.state = "unschedulable";
    entry.atMs = this.#options.clock.monotonic();
    const { missed } = entry;
    entry.missed = [];
    if (missed.some((event) => mayHelp(event, entry.pod, refusedBy))) this.#backOff(entry);
    else {
      this.#unschedulable.add(entry);
      this.#startFlushing();
    }
  }

  /** Something else went wrong: tried again after a pause. */
  failed(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry === undefined) return;
    entry.errors++;
    entry.order = this.#order++;
    entry.state = "failed";
    entry.atMs = this.#options.clock.monotonic() + backoffMs(BACKOFF, entry.errors - 1);
    this.#failed.push(entry);
    this.#armFailed();
  }

  /** Keeps a pod from being tried while others are evicted for it; what would have brought it back does so then. */
  hold(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry) entry.isHeld = true;
  }

  release(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry === undefined) return;
    entry.isHeld = false;
    const { missed } = entry;
    entry.missed = [];
    if (missed.length > 0 && entry.state === "unschedulable") this.#backOff(entry);
  }

  /** Something happened: pods that it may help are looked at again. */
  happened(event: ClusterEvent): void {
    for (const entry of this.#entriesFor(event)) {
      if (!this.#options.mayHelp(event, entry.pod, entry.refusedBy)) continue;
      if (entry.isHeld) entry.missed = [event];
      else this.#backOff(entry);
    }
    if (this.#deciding) this.#deciding.missed.push(event);
  }

  /** The one pod that is being looked at over several turns, when there is one. */
  decidingLong(uid: string | undefined): void {
    this.#deciding = uid === undefined ? undefined : this.#entries.get(uid);
  }
  #deciding: Entry | undefined;

  stop(): void {
    this.#failedTimer?.cancel();
    this.#flushTimer?.cancel();
    for (const uid of this.#entries.keys()) this.remove(uid);
  }

  #entriesFor(event: ClusterEvent): Entry[] {
    const all = [...this.#unschedulable];
    if (event.kind !== "podPlaced") return all;
    return all.filter(({ refusedBy }) => HELPED_BY_PLACEMENT.some((plugin) => refusedBy.has(plugin)));
  }

  #activate(entry: Entry): void {
    this.#unschedulable.delete(entry);
    entry.state = "active";
    this.#active.push(entry);
    this.#options.onReady();
  }

  #backOff(entry: Entry): void {
    this.#unschedulable.delete(entry);
    entry.state = "backoff";
    entry.atMs += backoffMs(BACKOFF, Math.max(0, entry.refusals - 1));
    this.#backoff.push(entry);
    this.#options.onReady();
  }

  #wakeExpired(heap: Heap<Entry>, state: State): void {
    const now = this.#options.clock.monotonic();
    for (let entry = heap.peek(); entry && (entry.state !== state || entry.atMs <= now); entry = heap.peek()) {
      heap.pop();
      if (entry.state === state) this.#activate(entry);
    }
  }

  #armFailed(): void {
    this.#failedTimer?.cancel();
    const first = this.#failed.peek();
    if (first === undefined) return;
    const { clock } = this.#options;
    this.#failedTimer = clock.after(first.atMs - clock.monotonic(), () => {
      this.#wakeExpired(this.#failed, "failed");
      this.#armFailed();
    });
  }

  #startFlushing(): void {
    this.#flushTimer ??= this.#options.clock.after(FLUSH_MS, () => {
      this.#flushTimer = undefined;
      const now = this.#options.clock.monotonic();
      for (const entry of this.#unschedulable) {
        if (now - entry.atMs > UNSCHEDULABLE_MS_MAX && !entry.isHeld) this.#backOff(entry);
      }
      if (this.#unschedulable.size > 0) this.#startFlushing();
    });
  }
}

function pop(heap: Heap<Entry>, state: State): Entry | undefined {
  for (let entry = heap.pop(); entry; entry = heap.pop()) if (entry.state === state) return entry;
  return undefined;
}

function isGated({ pod }: PodInfo): boolean {
  return (pod.spec.schedulingGates ?? []).length > 0;
}

/** Whether a pod's own change may let it be placed: our conditions on it cannot. */
function mayBePlacedNow({ pod, labels }: PodInfo, previous: PodInfo): boolean {
  return (
    JSON.stringify(pod.spec) !== JSON.stringify(previous.pod.spec) ||
    JSON.stringify(labels) !== JSON.stringify(previous.labels)
  );
}
