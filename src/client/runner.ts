import type { AnyKind, ObjectRef } from "#api/object.ts";
import { controllerOf } from "#api/ownership.ts";
import type { ObjectOf } from "#api/schema/kind.ts";
import type { Cache } from "./cache.ts";
import { isApiError } from "./client.ts";
import type { Caches, Context, Controller, ControllerMetrics, Environment, RunningController } from "./controller.ts";
import { createEventRecorder, type EventRecorder } from "./events.ts";
import { EXPECTATION_TTL_MS, ExpectingClient, Expectations } from "./expectations.ts";
import type { Informer } from "./informer.ts";
import { keyOf, refOf, stored } from "./stored.ts";
import { WorkQueue } from "./work_queue.ts";

const WORKERS = 5;
/** client-go's controllers list everything anew after twelve hours or more. */
const RESYNC_MS = 12 * 3_600_000;

/** Starts a controller: it waits for its caches, then reconciles whatever changes. */
export function startController<K extends AnyKind>(
  declaration: Controller<K>,
  environment: Environment,
): RunningController {
  const runner = new Runner(declaration, environment);
  runner.start();
  return runner;
}

class Runner implements RunningController {
  readonly #controller: Controller;
  readonly #environment: Environment;
  readonly #queue: WorkQueue;
  readonly #informers = new Map<AnyKind, Informer<unknown>>();
  readonly #expectations: Expectations;
  /** When a key may be reconciled again, by the monotonic clock; only for those that have a pace. */
  readonly #restUntilMs = new Map<string, number>();
  /** Keys put off until the cache shows their last write. */
  readonly #parked = new Set<string>();
  readonly #caches: Caches = { cache: (kind) => this.#cache(kind) };
  readonly #events: EventRecorder;
  readonly #abort = new AbortController();
  readonly #unsubscribe: (() => void)[] = [];
  readonly #workers: Promise<void>[] = [];
  #reconciles = 0;
  #failures = 0;
  #deferrals = 0;
  #busyMs = 0;

  constructor(declaration: Controller, environment: Environment) {
    this.#controller = declaration;
    this.#environment = { ...environment, log: environment.log.part(declaration.name) };
    this.#queue = new WorkQueue(environment.clock);
    this.#expectations = new Expectations(environment.clock, this.#informers);
    this.#events = createEventRecorder({
      ...this.#environment,
      component: declaration.component ?? `${declaration.name}-controller`,
    });
    const watched = (declaration.watches ?? []).map((each) => each.kind);
    for (const kind of [declaration.for, ...(declaration.owns ?? []), ...watched]) {
      this.#informers.set(kind, environment.informers.informer(kind));
    }
  }

  get name(): string {
    return this.#controller.name;
  }

  get metrics(): ControllerMetrics {
    return {
      name: this.name,
      reconciles: this.#reconciles,
      failures: this.#failures,
      deferrals: this.#deferrals,
      busyMs: this.#busyMs,
      depth: this.#queue.size,
    };
  }

  #cache<K extends AnyKind>(kind: K): Cache<ObjectOf<K>> {
    const informer = this.#informers.get(kind);
    if (!informer) throw new RangeError(`The ${this.name} controller did not declare ${kind.kind}`);
    return informer.cache as Cache<ObjectOf<K>>;
  }

  start(): void {
    this.#subscribeFor();
    for (const kind of this.#controller.owns ?? []) this.#subscribeOwned(kind);
    for (const each of this.#controller.watches ?? []) {
      this.#subscribe(each.kind, (object, previous) => each.map(object, previous, this.#caches).map(keyOf));
    }
    const synced = Promise.all(Array.from(this.#informers.values(), (informer) => informer.synced));
    const workers = this.#controller.workers ?? WORKERS;
    for (let worker = 0; worker < workers; worker++) this.#workers.push(synced.then(() => this.#work()));
    this.#scheduleResync();
    // A stop before the first sync must not wait for it.
    this.#abort.signal.addEventListener("abort", () => this.#queue.close(), { once: true });
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error(`the ${this.name} controller was stopped`));
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    const isSynced = Array.from(this.#informers.values()).every((informer) => informer.hasSynced);
    if (isSynced) await Promise.all(this.#workers);
    this.#events.stop();
  }

  #subscribeFor(): void {
    this.#subscribe(this.#controller.for, (object) => [keyOf(stored(object).metadata)]);
  }

  #subscribeOwned(kind: AnyKind): void {
    const { for: owner } = this.#controller;
    const keys = (object: unknown): string[] => {
      const ref = controllerOf(stored(object));
      if (ref?.kind !== owner.kind || !isGroupOf(ref.apiVersion, owner.group)) return [];
      return [keyOf({ namespace: stored(object).metadata.namespace, name: ref.name })];
    };
    this.#subscribe(kind, (object, previous) => (previous ? [...keys(object), ...keys(previous)] : keys(object)));
  }

  #subscribe(kind: AnyKind, keys: (object: unknown, previous: unknown) => readonly string[]): void {
    const enqueue = (object: unknown, previous?: unknown) => {
      for (const key of keys(object, previous)) {
        this.#parked.delete(key);
        this.#queue.add(key);
      }
      this.#unpark();
    };
    const informer = this.#informers.get(kind);
    if (informer) this.#unsubscribe.push(informer.subscribe({ add: enqueue, update: enqueue, delete: enqueue }));
  }

  #unpark(): void {
    for (const key of this.#parked) {
      if (!this.#expectations.isMet(key)) continue;
      this.#parked.delete(key);
      this.#queue.add(key);
    }
  }

  async #work(): Promise<void> {
    for (;;) {
      const key = await this.#queue.take();
      if (key === undefined) return;
      if (!this.#expectations.isMet(key)) this.#park(key);
      else if (!this.#rest(key)) await this.#process(key);
      this.#queue.done(key);
    }
  }

  /** Puts a key off that was reconciled a moment ago, if it has a pace. */
  #rest(key: string): boolean {
    const untilMs = this.#restUntilMs.get(key);
    if (untilMs === undefined) return false;
    // Whole milliseconds: a timer for less than a clock can tell would never see the rest over.
    const leftMs = Math.ceil(untilMs - this.#environment.clock.monotonic());
    if (leftMs > 0) this.#queue.addAfter(key, leftMs);
    else this.#restUntilMs.delete(key);
    return leftMs > 0;
  }

  #park(key: string): void {
    this.#deferrals++;
    this.#parked.add(key);
    this.#queue.addAfter(key, EXPECTATION_TTL_MS);
  }

  async #process(key: string): Promise<void> {
    const { clock, log } = this.#environment;
    const startedMs = clock.monotonic();
    this.#reconciles++;
    try {
      const outcome = await this.#reconcile(refOf(key), this.#contextFor(key));
      this.#queue.forget(key);
      if (outcome?.requeueAfterMs !== undefined) this.#queue.addAfter(key, outcome.requeueAfterMs);
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      this.#failures++;
      const attempt = this.#queue.failures(key) + 1;
      // These only say that the cache is behind: it is the expected way to lose a race.
      if (isApiError(error, "Conflict") || isApiError(error, "NotFound"))
        log.debug(`${key} changed meanwhile`, { attempt, error });
      else log.warn(`cannot reconcile ${key}`, { attempt, error });
      this.#queue.addRateLimited(key);
    } finally {
      this.#busyMs += clock.monotonic() - startedMs;
    }
  }

  async #reconcile(ref: ObjectRef, context: Context) {
    const object = this.#informers.get(this.#controller.for)?.cache.get(ref);
    if (object !== undefined) {
      const { clock } = this.#environment;
      const beganMs = clock.monotonic();
      const outcome = await this.#controller.reconcile(object, context);
      const paceMs = this.#controller.paceMs?.(object, context) ?? 0;
      const nowMs = clock.monotonic();
      // On a busy machine a pass takes longer: without longer rests too, passes would be all it does.
      if (paceMs > 0) this.#restUntilMs.set(keyOf(ref), nowMs + Math.max(paceMs, nowMs - beganMs));
      return outcome;
    }
    this.#restUntilMs.delete(keyOf(ref));
    this.#expectations.forget(keyOf(ref));
    await this.#controller.gone?.(ref, context);
    return undefined;
  }

  #contextFor(key: string): Context {
    const { client, clock, random, log } = this.#environment;
    return {
      client: new ExpectingClient(client, this.#expectations, key),
      ...this.#caches,
      owned: (kind, owner) => this.#cache(kind).ownedBy(owner.metadata),
      events: this.#events,
      clock,
      random,
      log,
      signal: this.#abort.signal,
    };
  }

  #scheduleResync(): void {
    const { clock } = this.#environment;
    const timer = clock.after(this.#controller.resyncMs ?? RESYNC_MS, () => {
      for (const object of this.#cache(this.#controller.for).list()) this.#queue.add(keyOf(stored(object).metadata));
      this.#scheduleResync();
    });
    this.#abort.signal.addEventListener("abort", () => timer.cancel(), { once: true });
  }
}

function isGroupOf(apiVersion: string, group: string): boolean {
  const slash = apiVersion.indexOf("/");
  return (slash < 0 ? "" : apiVersion.slice(0, slash)) === group;
}
