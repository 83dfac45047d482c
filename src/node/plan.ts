import type { Container } from "#api/core/container.ts";
import { backoffLeftMs } from "./crash_backoff.ts";
import { hasRun } from "./container_state.ts";
import { goDuration } from "./go_text.ts";
import { planEnd } from "./plan_end.ts";
import type { Action, PodFacts, PodPlan, Waiting } from "./pod_facts.ts";
import { ANNOTATIONS, containerHash, podTitle } from "./pod_names.ts";
import { isEphemeral, reportedStatus, targetOf } from "./pod_containers.ts";
import { historyOf, mayRun, newestIn, readySandbox, type PodContainer } from "./pod_runtime.ts";
import { isSidecar, shouldRestart, shouldRetryInit } from "./restart_policy.ts";

/** Dead containers kept per name beside the newest, so that `lastState` and `logs --previous` have one. */
const DEAD_KEPT = 1;

/**
 * What one pod needs next. Pure, and complete each time: it looks only at what is, never at what happened, so a plan
 * made after a restart of the agent is the plan that would have been made without it.
 */
export function planPod(facts: PodFacts): PodPlan {
  return facts.ending ? planEnd(facts, facts.ending) : new RunPlan(facts).make();
}

/** How many containers of this name there have been: the restart count of the next one. */
export function nextAttempt(facts: PodFacts, container: string): number {
  const newest = historyOf(facts.runtime, container)[0];
  // One that was made and never ran (an agent died between the two) is no restart: its number is taken again.
  if (newest) return newest.state === "CREATED" ? newest.attempt : newest.attempt + 1;
  const reported = reportedStatus(facts.pod, container);
  // Reported as run before, yet unknown to the runtime: its containers were lost, and this is one more.
  return reported && hasRun(reported) ? reported.restartCount + 1 : (reported?.restartCount ?? 0);
}

class RunPlan {
  readonly #facts: PodFacts;
  readonly #actions: Action[] = [];
  readonly #waiting = new Map<string, Waiting>();
  readonly #sandbox;
  #wakeAtMs = Infinity;

  constructor(facts: PodFacts) {
    this.#facts = facts;
    this.#sandbox = readySandbox(facts.runtime);
  }

  make(): PodPlan {
    const { pod } = this.#facts;
    for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) this.#stopUnfit(container);
    this.#start([...this.#unseen(), ...this.#startable()]);
    this.#renewVolumes();
    this.#removeLeftovers();
    const actions = this.#actions.filter((action) => !this.#facts.busy.has(action.key));
    return { actions, waiting: this.#waiting, ...(this.#wakeAtMs < Infinity && { wakeAtMs: this.#wakeAtMs }) };
  }

  /** Brings volumes up to date; after a restart of the agent, also those of what runs already. */
  #renewVolumes(): void {
    const { volumes, volumesStale, pod } = this.#facts;
    if (this.#actions.some((action) => action.do === "prepareVolumes")) return;
    const runs = () => pod.spec.containers.some((container) => this.#newest(container)?.state === "RUNNING");
    const isDue = volumes === "ready" ? volumesStale : runs() && this.#isTime(volumes.retryAtMs);
    if (isDue) this.#actions.push({ do: "prepareVolumes", key: "volumes" });
  }

  #newest(container: Container): PodContainer | undefined {
    return newestIn(this.#facts.runtime, this.#sandbox, container.name);
  }

  /** The containers that should be running and are not, in the order in which they may be started. */
  #startable(): Container[] {
    const { pod, probes } = this.#facts;
    const { initContainers = [], containers } = pod.spec;
    // Once an application container exists its init containers have done their work, even if they were removed since.
    const initialized = containers.some((container) => this.#newest(container) !== undefined);
    const startable: Container[] = [];
    for (const container of initContainers) {
      const newest = this.#newest(container);
      if (isSidecar(container)) {
        if (newest?.state === "RUNNING") {
          if (initialized || probes.get(newest.id)?.started) continue;
          return startable;
        }
        startable.push(container);
        if (!initialized) return startable;
        continue;
      }
      if (initialized || (newest?.state === "EXITED" && newest.exitCode === 0)) continue;
      if (newest?.state === "RUNNING") return startable;
      if (newest?.state === "EXITED" && !shouldRetryInit(pod, container, newest.exitCode ?? 0)) return startable;
      return [...startable, container];
    }
    return [...startable, ...containers.filter((container) => this.#isDue(container))];
  }

  /**
   * What was added for debugging and has not run yet: it waits for no other container, and runs once. It does not bring
   * back a sandbox that is gone; whatever else the pod has does.
   */
  #unseen(): Container[] {
    const { pod, runtime } = this.#facts;
    if (this.#sandbox === undefined) return [];
    return (pod.spec.ephemeralContainers ?? []).filter(({ name }) => {
      const newest = historyOf(runtime, name)[0];
      if (newest) return newest.state === "CREATED";
      const reported = reportedStatus(pod, name);
      return reported === undefined || !hasRun(reported);
    });
  }

  #isDue(container: Container): boolean {
    const newest = this.#newest(container) ?? this.#finishedBefore(container);
    if (newest === undefined || newest.state === "CREATED") return true;
    return newest.state === "EXITED" && shouldRestart(this.#facts.pod, container, newest.exitCode ?? 0);
  }

  /** What ended for good in a sandbox that is gone does not run a second time. */
  #finishedBefore(container: Container): PodContainer | undefined {
    const last = historyOf(this.#facts.runtime, container.name)[0];
    return last?.state === "EXITED" && last.sandboxId !== this.#sandbox?.id ? last : undefined;
  }

  #start(startable: readonly Container[]): void {
    if (startable.length === 0) return;
    const { volumes } = this.#facts;
    if (volumes !== "ready" && this.#isTime(volumes.retryAtMs)) {
      this.#actions.push({ do: "prepareVolumes", key: "volumes" });
    }
    if (this.#sandbox === undefined) this.#planSandbox();
    const { initContainers = [], containers } = this.#facts.pod.spec;
    let starting = [...initContainers, ...containers].some(({ name }) => this.#facts.busy.has(`start:${name}`));
    for (const container of startable) {
      if (this.#facts.busy.has(`start:${container.name}`) || this.#mustWait(container)) continue;
      const image = this.#facts.images.get(container.name);
      if (image === undefined || (image.state === "failed" && this.#isTime(image.retryAtMs))) {
        this.#actions.push({ do: "ensureImage", key: `image:${container.name}`, container: container.name });
      }
      if (image?.state === "failed") this.#waiting.set(container.name, image.waiting);
      // What was made and never ran goes first: two containers of one number cannot be.
      if (this.#newest(container)?.state === "CREATED") continue;
      if (image?.state !== "ready" || this.#sandbox === undefined || volumes !== "ready") continue;
      // One at a time and in order: the next container may count on the postStart hook of the one before it. What is
      // to find out why that hook hangs does not wait for it.
      const isInOrder = !isEphemeral(this.#facts.pod, container.name);
      if (starting && isInOrder) continue;
      const attempt = nextAttempt(this.#facts, container.name);
      this.#actions.push({ do: "startContainer", key: `start:${container.name}`, container: container.name, attempt });
      starting ||= isInOrder;
    }
  }

  #planSandbox(): void {
    const { runtime, sandboxRetryAtMs } = this.#facts;
    const running = runtime.containers.filter(mayRun);
    for (const container of running) this.#stop(container, 2, `Pod sandbox changed, it will be killed and re-created.`);
    const broken = runtime.sandboxes.filter((sandbox) => sandbox.state === "READY");
    for (const { id } of broken) this.#actions.push({ do: "stopSandbox", key: `sandbox:${id}`, id });
    if (running.length > 0 || broken.length > 0 || !this.#isTime(sandboxRetryAtMs)) return;
    const attempt = (runtime.sandboxes[0]?.attempt ?? -1) + 1;
    this.#actions.push({ do: "runSandbox", key: "sandbox", attempt });
  }

  /** Whether a container that is due must sit out a back-off; says so in `waiting`. */
  #mustWait(container: Container): boolean {
    const { nowMs, pod, crashes, failures } = this.#facts;
    const failure = failures.get(container.name);
    if (failure) {
      this.#waiting.set(container.name, failure.waiting);
      if (!this.#hasTargetSince(container, failure.failedAtMs) && !this.#isTime(failure.retryAtMs)) return true;
    }
    const last = historyOf(this.#facts.runtime, container.name)[0];
    if (last?.state !== "EXITED") return false;
    const entry = crashes.get(container.name);
    const leftMs = backoffLeftMs(entry, last.finishedAtMs ?? last.createdAtMs, nowMs);
    if (leftMs <= 0 || entry === undefined) return false;
    this.#isTime(nowMs + leftMs);
    const delay = goDuration(entry.delayMs);
    const message = `back-off ${delay} restarting failed container=${container.name} pod=${podTitle(pod)}`;
    this.#waiting.set(container.name, { reason: "CrashLoopBackOff", message });
    return true;
  }

  /** Whether the container whose processes this one is to join was started since: it may not run for long. */
  #hasTargetSince(container: Container, sinceMs: number): boolean {
    const target = historyOf(this.#facts.runtime, targetOf(container))[0];
    return target?.state === "RUNNING" && (target.startedAtMs ?? 0) >= sinceMs;
  }

  /** Whether `atMs` has come; if not, the plan is made again then. */
  #isTime(atMs: number): boolean {
    if (atMs <= this.#facts.nowMs) return true;
    this.#wakeAtMs = Math.min(this.#wakeAtMs, atMs);
    return false;
  }

  /** Stops a running container that its probes or a new image have condemned. */
  #stopUnfit(container: Container): void {
    const running = this.#newest(container);
    if (running === undefined || !mayRun(running)) return;
    const grace = this.#facts.pod.spec.terminationGracePeriodSeconds;
    const failed = this.#facts.probes.get(running.id)?.failed;
    if (failed) {
      const message = `Container ${container.name} failed ${failed.probe} probe, will be restarted`;
      this.#stop(running, failed.graceSeconds ?? grace, message);
    } else if (running.state === "UNKNOWN") {
      this.#stop(running, 2, `Container is in "Unknown" state, try killing it before restart`);
    } else if (running.annotations[ANNOTATIONS.containerHash] !== containerHash(container)) {
      this.#stop(running, grace, `Container ${container.name} definition changed, will be restarted`);
    }
  }

  #stop(container: PodContainer, graceSeconds: number, message: string): void {
    const { id, name } = container;
    this.#actions.push({ do: "stopContainer", key: `stop:${id}`, id, container: name, graceSeconds, message });
  }

  #removeLeftovers(): void {
    const { runtime, busy } = this.#facts;
    const kept = new Map<string, number>();
    const sandboxesInUse = new Set([runtime.sandboxes[0]?.id]);
    for (const container of runtime.containers) {
      const seen = kept.get(container.name) ?? 0;
      kept.set(container.name, seen + 1);
      const { id } = container;
      const neverRan = container.state === "CREATED" && !busy.has(`start:${container.name}`);
      if (neverRan || (seen > DEAD_KEPT && container.state === "EXITED")) {
        this.#actions.push({ do: "removeContainer", key: `remove:${id}`, id });
      }
      sandboxesInUse.add(container.sandboxId);
    }
    for (const { id } of runtime.sandboxes) {
      if (!sandboxesInUse.has(id)) this.#actions.push({ do: "removeSandbox", key: `sandbox:${id}`, id });
    }
  }
}
