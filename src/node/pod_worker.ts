import type { Pod } from "#api/core/pod.ts";
import type { PodStatus } from "#api/core/pod_status.ts";
import { backoffMs } from "#base/backoff.ts";
import type { Timer } from "#base/clock.ts";
import { semanticallyEqual } from "#client/equality.ts";
import { compareResourceVersions } from "#client/stored.ts";
import { DEADLINE_EXCEEDED, deadlineMs, hasFinished, isTerminal, type Verdict } from "./lifecycle.ts";
import { containerEvent } from "./node_events.ts";
import { planPod } from "./plan.ts";
import type { PodContext } from "./pod_context.ts";
import type { Action, Ending, PodFacts, PodPlan } from "./pod_facts.ts";
import { PodMemory } from "./pod_memory.ts";
import { perform } from "./pod_operations.ts";
import { podTitle } from "./pod_names.ts";
import { podAddress } from "./pod_runtime.ts";
import { PodProbes } from "./probes/pod_probes.ts";
import { podStatus } from "./status.ts";
import { StatusWriter } from "./status_writer.ts";
import { parseTime } from "#api/time.ts";
import { terminationMessage } from "./termination_message.ts";
import { tellsOfMetadata } from "./volumes/payload.ts";

/** Before something that failed unexpectedly is tried again; at most kubelet's backOffPeriod. */
const RETRY = { baseMs: 1000, maxMs: 10_000 } as const;

/**
 * Sees one pod through its life. Whatever happens only wakes it; it then looks at all there is, begins what the plan
 * lacks, and brings the status into the API. Operations run beside one another; each wakes it when it ends.
 */
export class PodWorker {
  readonly #context: PodContext;
  readonly #memory = new PodMemory();
  readonly #busy = new Set<string>();
  readonly #probes: PodProbes;
  readonly #status: StatusWriter;
  readonly #gone: () => void;
  readonly #seenMs: number;
  /** Containers said to be backing off, by name: the event is told once per wait. */
  readonly #backingOff = new Map<string, string>();
  #pod: Pod;
  #removed = false;
  #verdict: Verdict | undefined;
  #endingMs: { readonly cause: Ending["cause"]; readonly startedMs: number } | undefined;
  #waiting: PodPlan["waiting"] = new Map();
  #timer: Timer | undefined;
  /** Operations that failed unexpectedly when last tried, by key; what else the pod needs does not wait for them. */
  readonly #failed = new Map<string, { readonly failures: number; readonly retryAtMs: number }>();
  /** Termination messages being read: the status waits for them, so that an end is never shown without its reason. */
  #reading = 0;
  #awake = false;
  #stopped = false;

  /** @param gone Called once when nothing of the pod is left, in the API or on the machine. */
  constructor(context: PodContext, pod: Pod, gone: () => void) {
    this.#context = context;
    this.#pod = pod;
    this.#gone = gone;
    this.#seenMs = context.clock.now();
    this.#probes = new PodProbes({ ...context, changed: () => this.wake() });
    this.#status = new StatusWriter({
      ...context,
      current: () => (this.#removed ? undefined : { pod: this.#pod, status: this.status() }),
      seen: (fresh) => this.update(fresh),
    });
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** Whether it may still hold resources of the node. */
  get active(): boolean {
    return !this.#removed && !isTerminal(this.#pod) && this.#verdict === undefined;
  }

  /** A state of the object that may be newer than the one known. */
  update(pod: Pod): void {
    if (compareResourceVersions(pod.metadata.resourceVersion, this.#pod.metadata.resourceVersion) < 0) return;
    const before = this.#pod.metadata;
    this.#pod = pod;
    if ((pod.spec.volumes ?? []).some(tellsOfMetadata) && !sameMarks(before, pod.metadata)) this.refreshVolumes();
    else this.wake();
  }

  /** The object is gone from the API; `last` is how it was. */
  remove(last: Pod): void {
    this.#pod = last;
    this.#removed = true;
    this.wake();
  }

  /** The node will not run it. */
  reject(verdict: Verdict): void {
    this.#verdict ??= verdict;
    this.wake();
  }

  /** What volumes are written from has changed. */
  refreshVolumes(): void {
    this.#memory.volumesStale = true;
    if (this.#memory.volumes !== "ready") this.#memory.volumes = { retryAtMs: 0 };
    for (const [name, failure] of this.#memory.failures) {
      if (failure.waiting.reason === "CreateContainerConfigError") {
        this.#memory.failures.set(name, { ...failure, retryAtMs: 0 });
      }
    }
    this.wake();
  }

  /** Looks again, soon; any number of calls until then are one. */
  wake(): void {
    if (this.#awake || this.#stopped) return;
    this.#awake = true;
    queueMicrotask(() => {
      this.#awake = false;
      if (!this.#stopped) this.#look();
    });
  }

  /** Lets go of the pod without touching what runs. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#probes.stop();
    this.#status.stop();
  }

  #look(): void {
    const { clock, view } = this.#context;
    const runtime = view.of(this.#pod.metadata.uid);
    this.#readMessages();
    const ending = this.#ending();
    const podIp = podAddress(this.#pod, runtime) ?? this.#context.nodeIp;
    this.#probes.follow(this.#pod, runtime, podIp, { ending: ending !== undefined, busy: this.#busy });
    const facts = this.#facts(ending);
    const plan = planPod(facts);
    this.#waiting = plan.waiting;
    this.#tellBackOff();
    if (ending?.cause === "removed" && this.#memory.cleaned && this.#busy.size === 0) {
      this.stop();
      this.#gone();
      return;
    }
    let retryAtMs = Infinity;
    for (const action of plan.actions) {
      const atMs = this.#failed.get(action.key)?.retryAtMs ?? 0;
      if (atMs > clock.now()) retryAtMs = Math.min(retryAtMs, atMs);
      else void this.#begin(action);
    }
    if (!this.#removed && this.#reading === 0) this.#status.touch();
    this.#timer?.cancel();
    const deadline = ending ? undefined : deadlineMs(this.#pod, this.#startedMs());
    const renewMs = this.#memory.volumesRenewAtMs;
    const nextMs = Math.min(
      plan.wakeAtMs ?? Infinity,
      deadline ?? Infinity,
      retryAtMs,
      // Once it is over, that it is being renewed is told by the end of that work.
      renewMs > clock.now() ? renewMs : Infinity,
    );
    if (nextMs < Infinity) this.#timer = clock.after(nextMs - clock.now(), () => this.wake());
  }

  status(): PodStatus {
    const { nodeIp } = this.#context;
    return podStatus({
      facts: this.#facts(this.#ending()),
      waiting: this.#allWaiting(),
      messages: this.#memory.messages,
      ...(this.#verdict && { verdict: this.#verdict }),
      nodeIp,
      seenMs: this.#seenMs,
    });
  }

  /** What keeps containers waiting now, and why their last start failed. */
  #allWaiting(): PodPlan["waiting"] {
    const failures = Array.from(this.#memory.failures, ([name, { waiting }]) => [name, waiting] as const);
    return new Map([...failures, ...this.#waiting]);
  }

  #facts(ending: Ending | undefined): PodFacts {
    const { clock, view } = this.#context;
    return {
      pod: this.#pod,
      nowMs: clock.now(),
      runtime: view.of(this.#pod.metadata.uid),
      ...(ending && { ending }),
      volumes: this.#memory.volumes,
      volumesStale: this.#memory.volumesStale || this.#memory.volumesRenewAtMs <= clock.now(),
      sandboxRetryAtMs: this.#memory.sandboxRetryAtMs,
      images: this.#memory.images,
      failures: this.#memory.failures,
      crashes: this.#memory.crashes,
      probes: this.#probes.states,
      busy: this.#busy,
      cleaned: this.#memory.cleaned,
    };
  }

  #startedMs(): number {
    const { startTime } = this.#pod.status;
    return startTime ? parseTime(startTime) : this.#seenMs;
  }

  /** Whether, why and since when the pod is on its way out. */
  #ending(): Ending | undefined {
    const cause = this.#endCause();
    if (cause === undefined) return undefined;
    const { clock } = this.#context;
    if (this.#endingMs?.cause !== cause) {
      // Files taken down when a pod finished are down; what a deletion has to do is done anew.
      if (this.#endingMs) this.#memory.cleaned = false;
      this.#endingMs = { cause, startedMs: clock.now() };
    }
    const { metadata, spec } = this.#pod;
    const asked = cause === "terminal" ? undefined : metadata.deletionGracePeriodSeconds;
    const graceSeconds = asked ?? spec.terminationGracePeriodSeconds;
    const drained = this.#memory.drained || cause !== "deleted" || graceSeconds === 0 || !this.#context.drained;
    return { ...this.#endingMs, graceSeconds, drained };
  }

  #endCause(): Ending["cause"] | undefined {
    if (this.#removed) return "removed";
    if (this.#pod.metadata.deletionTimestamp !== undefined) return "deleted";
    if (this.#verdict || isTerminal(this.#pod)) return "terminal";
    const { clock, view, events } = this.#context;
    const deadline = deadlineMs(this.#pod, this.#startedMs());
    if (deadline !== undefined && deadline <= clock.now()) {
      this.#verdict = DEADLINE_EXCEEDED;
      events.event(this.#pod, "Normal", DEADLINE_EXCEEDED.reason, DEADLINE_EXCEEDED.message);
      return "terminal";
    }
    return hasFinished(this.#pod, view.of(this.#pod.metadata.uid)) ? "terminal" : undefined;
  }

  async #begin(action: Action): Promise<void> {
    this.#busy.add(action.key);
    try {
      await perform(this.#context, { pod: this.#pod, memory: this.#memory, status: this.#status }, action);
      this.#failed.delete(action.key);
    } catch (error) {
      const failures = this.#failed.get(action.key)?.failures ?? 0;
      const retryAtMs = this.#context.clock.now() + backoffMs(RETRY, failures);
      this.#failed.set(action.key, { failures: failures + 1, retryAtMs });
      this.#context.log.warn(`cannot ${action.do}`, { pod: podTitle(this.#pod), error });
    } finally {
      this.#busy.delete(action.key);
      this.wake();
    }
  }

  #tellBackOff(): void {
    for (const [name, { reason, message }] of this.#waiting) {
      if (reason !== "CrashLoopBackOff" || this.#backingOff.get(name) === message) continue;
      this.#backingOff.set(name, message);
      const text = `Back-off restarting failed container ${name} in pod ${podTitle(this.#pod)}`;
      containerEvent(this.#context.events, this.#pod, name, "Warning", "BackOff", text);
    }
  }

  /** Reads what containers that ended have left to say. */
  #readMessages(): void {
    const { messages } = this.#memory;
    for (const container of this.#context.view.of(this.#pod.metadata.uid).containers) {
      if (container.state !== "EXITED" || messages.has(container.id)) continue;
      messages.set(container.id, "");
      this.#reading++;
      void terminationMessage(this.#context.files, container).then((text) => {
        messages.set(container.id, text);
        this.#reading--;
        this.wake();
      });
    }
  }
}

function sameMarks(a: Pod["metadata"], b: Pod["metadata"]): boolean {
  return semanticallyEqual([a.labels, a.annotations], [b.labels, b.annotations]);
}
