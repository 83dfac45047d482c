import type { Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import { nextTurn } from "#base/turn.ts";
import { PodDisruptionBudget } from "#api/policy/poddisruptionbudget.ts";
import type { Client } from "#client/client.ts";
import { createEventRecorder, type EventRecorder } from "#client/events.ts";
import type { InformerFactory } from "#client/informer.ts";
import { Binder } from "./binder.ts";
import { profilesOf, type Profile, type ProfileSettings } from "./configuration.ts";
import { Decider, type Refused } from "./decision.ts";
import { NO_NODES, fitMessage, refusers } from "./diagnosis.ts";
import { decideExtended } from "./extenders/extended_decision.ts";
import { Extender, ExtenderError, type ExtenderSettings, type PostJson } from "./extenders/extender.ts";
import { factsFrom } from "./facts.ts";
import type { View } from "./framework.ts";
import { followCluster } from "./intake.ts";
import { ClusterIndex } from "./nodes/cluster_index.ts";
import type { PodInfo } from "./nodes/pod_info.ts";
import { leastHarm } from "./preemption/candidate.ts";
import { evict } from "./preemption/eviction.ts";
import { planPreemption, type Preemption } from "./preemption/preemption.ts";
import type { Victims } from "./preemption/victims.ts";
import type { ClusterEvent } from "./queue/cluster_event.ts";
import { Nominator } from "./queue/nominator.ts";
import { SchedulingQueue } from "./queue/scheduling_queue.ts";
import { PodReporter, type Tell } from "./report.ts";
import { VolumeBinder } from "./volume_binder.ts";

export interface SchedulerOptions {
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How pods are placed, by the scheduler they name; only `default-scheduler` when left out. */
  readonly profiles?: readonly ProfileSettings[] | undefined;
  /** Web servers that have a say; asked in this order. */
  readonly extenders?: readonly ExtenderSettings[] | undefined;
  /** How extenders are reached; needed only when there are any. */
  readonly postJson?: PostJson | undefined;
}

/** After this many pods, or this long, others have their turn: decisions must not hold up requests. */
const SLICE_PODS = 64;
const SLICE_MS = 4;
/** What upstream prints for pods without resource claims, before the result of preemption. */
const NO_CLAIMS = "no new claims to deallocate, ";

/** Starts the scheduler. Resolves, once its caches are filled, with the function that stops it. */
export async function startScheduler(options: SchedulerOptions): Promise<() => void> {
  const scheduler = new Scheduler(options);
  await scheduler.start();
  return () => scheduler.stop();
}

/** Gives every pod of ours without a node one, or says why there is none. */
class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #profiles: ReadonlyMap<string, Profile>;
  readonly #extenders: readonly Extender[];
  /** By profile: events are reported under the name the pod knows its scheduler by. */
  readonly #events: ReadonlyMap<string, EventRecorder>;
  readonly #index = new ClusterIndex();
  readonly #nominator = new Nominator();
  readonly #tell: Tell;
  readonly #view: View;
  readonly #queue: SchedulingQueue;
  readonly #decider: Decider;
  readonly #reporter: PodReporter;
  readonly #binder: Binder;
  readonly #volumes: VolumeBinder;
  #unfollow: (() => void) | undefined;
  #isPumping = false;
  #isAskedAgain = false;
  #isStopped = false;

  constructor(options: SchedulerOptions) {
    const { clock, informers, random, log, extenders = [], postJson = unreachable } = options;
    this.#options = options;
    this.#extenders = extenders.map((settings) => new Extender(settings, postJson, log));
    this.#profiles = profilesOf(options.profiles, ignoredResources(extenders));
    this.#events = new Map(
      Array.from(this.#profiles.keys(), (component) => [component, createEventRecorder({ ...options, component })]),
    );
    const tell: Tell = (about, by, ...event) => this.#events.get(by.pod.spec.schedulerName)?.event(about.pod, ...event);
    this.#tell = tell;
    const facts = factsFrom(informers);
    this.#volumes = new VolumeBinder({ ...options, index: this.#index, known: facts.volumes });
    this.#view = { index: this.#index, facts: { ...facts, volumes: this.#volumes.facts } };
    this.#queue = new SchedulingQueue({
      clock,
      onReady: () => this.#pump(),
      mayHelp: (event, pod, refusedBy) => this.#mayHelp(event, pod, refusedBy),
    });
    this.#decider = new Decider({ view: this.#view, nominator: this.#nominator, random });
    this.#reporter = new PodReporter({ ...options, tell });
    this.#binder = new Binder({
      ...options,
      tell,
      index: this.#index,
      queue: this.#queue,
      extenders: this.#extenders,
      volumes: this.#volumes,
      failed: (pod, message) => this.#reporter.error(pod, message),
      onRoom: () => this.#pump(),
    });
  }

  async start(): Promise<void> {
    const { informers } = this.#options;
    informers.informer(PodDisruptionBudget);
    // Everything a decision is made from must be there before the first.
    await informers.synced();
    this.#unfollow = followCluster({
      informers,
      index: this.#index,
      queue: this.#queue,
      nominator: this.#nominator,
      isOurs: (schedulerName) => this.#profiles.has(schedulerName),
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#unfollow?.();
    this.#volumes.stop();
    this.#queue.stop();
    for (const events of this.#events.values()) events.stop();
  }

  #mayHelp(event: ClusterEvent, pod: PodInfo, refusedBy: ReadonlySet<string>): boolean {
    if (refusedBy.size === 0) return true;
    const profile = this.#profiles.get(pod.pod.spec.schedulerName);
    for (const name of refusedBy) {
      const found = profile?.plugins.find(({ plugin }) => plugin.name === name);
      if (found?.plugin.mayHelp?.(event, pod, this.#view) ?? true) return true;
    }
    return false;
  }

  #pump(): void {
    // Work that is about to end has looked already: what becomes ready then must not wait for the next occasion.
    this.#isAskedAgain = this.#isPumping;
    if (this.#isPumping || this.#isStopped) return;
    this.#isPumping = true;
    queueMicrotask(() => {
      this.#isAskedAgain = false;
      this.#work()
        .catch((error: unknown) => this.#options.log.error("scheduling stopped", { error }))
        .finally(() => {
          this.#isPumping = false;
          if (this.#isAskedAgain) this.#pump();
        });
    });
  }

  /** Looks at pods until none is ready. Bindings go on beside it: a pod counts on its node from the decision on. */
  async #work(): Promise<void> {
    const { clock } = this.#options;
    let pods = 0;
    let sliceMs = clock.monotonic();
    while (!this.#isStopped && this.#binder.hasRoom) {
      const pod = this.#queue.next();
      if (pod === undefined) return;
      const longer = this.#attempt(pod);
      if (longer) await longer;
      if (++pods % SLICE_PODS !== 0 && clock.monotonic() - sliceMs < SLICE_MS) continue;
      await nextTurn();
      sliceMs = clock.monotonic();
    }
  }

  /** Decides at once or, when extenders have a say, in the end of a promise. */
  #attempt(pod: PodInfo): Promise<void> | undefined {
    const profile = this.#profiles.get(pod.pod.spec.schedulerName);
    if (profile === undefined) return undefined;
    if (this.#index.nodes.size === 0) {
      this.#queue.unschedulable(pod.uid, new Set());
      this.#reporter.unschedulable(pod, NO_NODES, undefined);
      return undefined;
    }
    const extenders = this.#extenders.filter((each) => each.concerns(pod));
    if (extenders.length > 0) return this.#attemptExtended(pod, profile, extenders);
    const decision = this.#decider.decide(pod, profile.plugins, profile.percentageOfNodesToScore);
    if (decision.kind === "node") this.#place(pod, decision.info.name);
    else this.#preempt(pod, decision, this.#planPreemption(pod, decision));
    return undefined;
  }

  async #attemptExtended(pod: PodInfo, profile: Profile, extenders: readonly Extender[]): Promise<void> {
    this.#queue.decidingLong(pod.uid);
    try {
      const decision = await decideExtended(this.#decider, pod, profile, extenders);
      if (!this.#queue.has(pod.uid)) return;
      if (decision.kind === "node" && this.#index.nodes.has(decision.info.name)) {
        this.#place(pod, decision.info.name);
      } else if (decision.kind === "none") {
        let preemption = this.#planPreemption(pod, decision);
        for (const extender of extenders) {
          if (preemption.kind === "none") break;
          preemption = { ...preemption, candidates: await extender.review(pod, preemption.candidates) };
        }
        if (this.#queue.has(pod.uid)) this.#preempt(pod, decision, preemption);
      } else this.#queue.failed(pod.uid);
    } catch (error) {
      this.#queue.failed(pod.uid);
      if (!(error instanceof ExtenderError)) throw error;
      this.#reporter.error(pod, error.message);
    } finally {
      this.#queue.decidingLong(undefined);
    }
  }

  #place(pod: PodInfo, nodeName: string): void {
    this.#nominator.delete(pod.uid);
    this.#binder.bind(pod, nodeName);
  }

  #planPreemption(pod: PodInfo, { diagnosis, pass }: Refused): Preemption {
    const { informers, random } = this.#options;
    const expectedOn = this.#nominator.nodeOf(pod.uid);
    const budgets = informers.informer(PodDisruptionBudget).cache.list();
    return planPreemption({ pod, pass, diagnosis, index: this.#index, budgets, expectedOn, random });
  }

  #preempt(pod: PodInfo, { diagnosis }: Refused, preemption: Preemption): void {
    const victims = preemption.kind === "candidates" ? leastHarm(preemption.candidates) : undefined;
    const clears = preemption.kind === "none" && preemption.clears;
    this.#queue.unschedulable(pod.uid, refusers(diagnosis));
    const tried = preemption.kind === "none" ? `${NO_CLAIMS}preemption: ${preemption.message}` : "";
    this.#reporter.unschedulable(pod, fitMessage(diagnosis, tried), victims?.info.name ?? (clears ? "" : undefined));
    if (victims) void this.#makeRoom(pod, victims);
    else if (clears) this.#nominator.delete(pod.uid);
  }

  /** Makes room for a pod: evicts for it, and keeps others from taking what becomes free. */
  async #makeRoom(pod: PodInfo, victims: Victims): Promise<void> {
    const { name } = victims.info;
    // Who mattered less and was expected there has to look for another place.
    for (const other of this.#nominator.behind(name, pod)) {
      this.#nominator.delete(other.uid);
      this.#reporter.clearExpectation(other);
    }
    this.#nominator.set(pod, name);
    this.#queue.hold(pod.uid);
    await evict(victims, pod, { ...this.#options, tell: this.#tell });
    this.#queue.release(pod.uid);
  }
}

const unreachable: PostJson = () => Promise.reject(new Error("there is no way to reach it"));

/** What is left to extenders to count. */
function ignoredResources(extenders: readonly ExtenderSettings[]): string[] {
  return extenders
    .flatMap(({ managedResources = [] }) => managedResources)
    .filter(({ ignoredByScheduler }) => ignoredByScheduler)
    .map(({ name }) => name);
}
