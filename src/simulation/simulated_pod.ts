import type { Clock, Timer } from "#base/clock.ts";
import type { Limiter } from "#base/limiter.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import { Pod } from "#api/core/pod.ts";
import { formatDuration } from "#api/duration.ts";
import { isApiError, type Client } from "#client/client.ts";
import { compareResourceVersions } from "#client/stored.ts";
import { isEnd, isFinal, isRestarted, lacksEphemeral, statusOf } from "./pod_status.ts";
import type { Delay, PodShow, PodStages, Stage } from "./stages.ts";

/** The machine a pod is on. */
export interface PodHost {
  readonly client: Client;
  /** Keeps the pods of all nodes from writing at once. */
  readonly writes: Limiter;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly nodeIp: string;
  /** Whether the API hears of it. What it does not hear is told when it does again. */
  readonly isHeard: boolean;
  takeAddress(): string | undefined;
  freeAddress(address: string): void;
}

const BACKOFF = { initialMs: 10_000, maxMs: 300_000, forgottenAfterMs: 600_000 } as const;
const RETRY_MS = 1_000;
const KILLED = 137;

/** One pod on its node: in a state until the next, and told to the API until it knows. */
export class SimulatedPod {
  readonly #host: PodHost;
  readonly #stages: PodStages;
  #pod: Pod;
  #show: PodShow | undefined;
  #starts: number;
  #startedMs = 0;
  #failures = 0;
  #backoff = "";
  #address: string | undefined;
  #exitCode = 0;
  #timer: Timer | undefined;
  #isTold = true;
  #isTelling = false;
  #isOver = false;

  /** Takes up a pod where the API says it is: one that ran goes on running. */
  constructor(host: PodHost, stages: PodStages, pod: Pod) {
    this.#host = host;
    this.#stages = stages;
    this.#pod = pod;
    const [reported] = pod.status.containerStatuses ?? [];
    this.#starts = reported === undefined ? 0 : reported.restartCount + (reported.containerID === undefined ? 0 : 1);
    const runs = stages.stages.find(({ show }) => "running" in show);
    if (pod.metadata.deletionTimestamp !== undefined) this.#await("terminating");
    else if (reported?.state.running && runs) this.#resume(runs, Date.parse(reported.state.running.startedAt ?? ""));
    else if (!isFinal(pod)) this.#await("bound");
  }

  get object(): Pod {
    return this.#pod;
  }

  get isRunning(): boolean {
    return this.#show !== undefined && "running" in this.#show;
  }

  /** The API's newest word on the pod. */
  update(pod: Pod): void {
    const isAsked = pod.metadata.deletionTimestamp !== undefined && this.#pod.metadata.deletionTimestamp === undefined;
    this.#pod = pod;
    if (isAsked) this.#await("terminating");
    // Others mark a pod as not ready while its node is not heard; the node says what is so.
    else if (this.#isTold && this.#isMisrepresented()) this.#tell();
  }

  /** The power is back: what ran is started anew. */
  restart(): void {
    if (this.#isOver || isFinal(this.#pod)) return;
    this.#await(this.#pod.metadata.deletionTimestamp === undefined ? "bound" : "terminating");
  }

  /** The power is gone. */
  halt(): void {
    this.#timer?.cancel();
    this.#show = undefined;
    this.#isTold = true;
  }

  /** The node lets the pod go. */
  evict(message: string): void {
    this.#timer?.cancel();
    this.#present({ failed: { reason: "Evicted", message } });
  }

  /** Tells again what could not be told. */
  retell(): void {
    if (!this.#isTold || this.#isMisrepresented()) this.#tell();
  }

  /** The API has forgotten the pod. */
  end(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    if (this.#address !== undefined) this.#host.freeAddress(this.#address);
    this.#address = undefined;
  }

  #resume(stage: Stage<PodShow>, startedMs: number): void {
    this.#show = stage.show;
    this.#startedMs = startedMs;
    this.#address = this.#pod.status.podIP;
    if (lacksEphemeral(this.#pod)) this.#tell();
    this.#await(stage.to);
  }

  /** Sets the timer for what follows `state`, if anything does. */
  #await(state: string): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const stage = this.#stages.stages.find(({ from }) => from === state);
    if (stage === undefined) return;
    const { clock } = this.#host;
    this.#timer = clock.after(this.#delayMs(stage.after), () => {
      if (stage.after === "grace") this.#exitCode = KILLED;
      if (this.#present(stage.show)) this.#await(stage.to);
    });
  }

  /** Shows a state; whether another may follow. */
  #present(show: PodShow): boolean {
    const { clock } = this.#host;
    if ("running" in show && !this.isRunning) {
      this.#starts++;
      this.#startedMs = clock.now();
    }
    if (this.isRunning && clock.now() - this.#startedMs > BACKOFF.forgottenAfterMs) this.#failures = 0;
    this.#backoff = formatDuration(BigInt(this.#backoffMs()) * 1_000_000n);
    this.#show = show;
    this.#tell();
    if ("exited" in show) return isRestarted(this.#pod, show.exited.code);
    return !("gone" in show) && !("failed" in show);
  }

  #delayMs(after: Delay): number {
    const { random, clock } = this.#host;
    if (after === "backoff") {
      const delayMs = this.#backoffMs();
      this.#failures++;
      return delayMs;
    }
    if (after === "grace") return Date.parse(this.#pod.metadata.deletionTimestamp ?? "") - clock.now();
    const spreadMs = Math.round(after.maxMs - after.minMs);
    return after.minMs + (spreadMs > 0 ? random.below(spreadMs + 1) : 0);
  }

  #backoffMs(): number {
    return Math.min(BACKOFF.initialMs * 2 ** Math.min(this.#failures, 10), BACKOFF.maxMs);
  }

  /** Whether the API says of a running pod that it is not, or does not know all that runs in it. */
  #isMisrepresented(): boolean {
    if (this.#show === undefined) return false;
    if (!isEnd(this.#pod, this.#show) && lacksEphemeral(this.#pod)) return true;
    if (!this.isRunning) return false;
    const wanted = this.#show !== undefined && "running" in this.#show && this.#show.running.ready ? "True" : "False";
    return this.#pod.status.conditions?.find(({ type }) => type === "Ready")?.status !== wanted;
  }

  #tell(): void {
    this.#isTold = false;
    if (!this.#isTelling && this.#host.isHeard) void this.#telling();
  }

  async #telling(): Promise<void> {
    this.#isTelling = true;
    while (!this.#isTold && !this.#isOver && this.#host.isHeard) {
      this.#isTold = true;
      try {
        await this.#host.writes.run(() => this.#write());
      } catch (error) {
        if (isApiError(error, "NotFound") || isApiError(error, "Conflict")) break;
        this.#host.log.debug(`cannot report pod ${this.#pod.metadata.name}`, { error });
        this.#isTold = false;
        if (this.#host.isHeard) this.#host.clock.after(RETRY_MS, () => this.retell());
        break;
      }
    }
    this.#isTelling = false;
  }

  async #write(): Promise<void> {
    const show = this.#show;
    const { client } = this.#host;
    const { metadata } = this.#pod;
    if (show === undefined || this.#isOver) return;
    if (!this.#host.isHeard) {
      this.#isTold = false;
      return;
    }
    if (!("gone" in show)) return this.#writeStatus(show);
    // How it ended is only of interest to those who keep it from going.
    if (metadata.finalizers?.length && !isFinal(this.#pod)) {
      await this.#writeStatus({ exited: { code: this.#exitCode } });
    }
    await client.delete(Pod, metadata, { gracePeriodSeconds: 0, preconditions: { uid: metadata.uid } });
  }

  async #writeStatus(show: Exclude<PodShow, { readonly gone: true }>): Promise<void> {
    const { client, clock, nodeIp } = this.#host;
    const { metadata, spec } = this.#pod;
    if ("running" in show && spec.hostNetwork !== true) this.#address ??= this.#host.takeAddress();
    const status = statusOf(this.#pod, {
      show,
      restarts: Math.max(0, this.#starts - 1),
      startedMs: this.#startedMs,
      nodeIp,
      podIp: spec.hostNetwork ? nodeIp : this.#address,
      nowMs: clock.now(),
      backoff: this.#backoff,
    });
    const body = { metadata: { uid: metadata.uid }, status };
    const written = await client.patch(Pod, metadata, { type: "merge", body }, { subresource: "status" });
    // Mostly the cache is behind, and what is told next builds on what was told last. Where it is not, its object stays.
    const isBehind = compareResourceVersions(this.#pod.metadata.resourceVersion, written.metadata.resourceVersion) < 0;
    if (isBehind && this.#pod.metadata.uid === metadata.uid) this.#pod = { ...this.#pod, status: written.status };
  }
}
