import { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
import { Pod } from "#api/core/pod.ts";
import { ResourceQuota } from "#api/core/resourcequota.ts";
import { Service } from "#api/core/service.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { quotaEvaluatorOf } from "#api/quota/evaluator.ts";
import { sameTotals } from "#api/quota/totals.ts";
import type { KindRegistry } from "#api/registry.ts";
import type { Timer } from "#base/clock.ts";
import { isApiError } from "#client/client.ts";
import type { Environment } from "#client/controller.ts";
import type { Informer } from "#client/informer.ts";
import { keyOf, refOf, stored } from "#client/stored.ts";
import { WorkQueue } from "#client/work_queue.ts";
import { isTerminal } from "./pod_state.ts";
import { quotaStatus, type Countable } from "./resourcequota_usage.ts";

const WORKERS = 5;
/** kube-controller-manager --resource-quota-sync-period. */
const RESYNC_MS = 300_000;
/** What goes together is counted together. */
const GATHER_MS = 100;
/**
 * While the API server adds to a quota nothing is counted: what was just added may not be there yet for us to see, and
 * taking it off again would let in one too many. A quota that is used up is not added to.
 */
const QUIET_MS = 250;
/** After a change of its status a quota is counted once more. */
const SETTLE_MS = 1_000;

/** Kinds of which more than their number is counted. */
const WHOLE: readonly AnyKind[] = [Pod, Service, PersistentVolumeClaim];

/**
 * Says in the status of each ResourceQuota how much of it is used. The API server adds what is created; here it is counted
 * what there is, when a quota changes, something that it counts goes, and every five minutes.
 */
export class ResourceQuotaController {
  readonly #environment: Environment;
  readonly #registry: KindRegistry;
  readonly #queue: WorkQueue;
  readonly #quotas: Informer<ResourceQuota>;
  /** When each quota last changed, by the monotonic clock. */
  readonly #changedMs = new Map<string, number>();
  /** What is followed, by path of the resource. */
  readonly #followed = new Map<string, Informer<KubeObject>>();
  readonly #unsubscribe: (() => void)[] = [];
  readonly #workers: Promise<void>[] = [];
  #resync: Timer | undefined;

  constructor(environment: Environment, registry: KindRegistry) {
    this.#environment = { ...environment, log: environment.log.part("resourcequota") };
    this.#registry = registry;
    this.#queue = new WorkQueue(environment.clock);
    this.#quotas = environment.informers.informer(ResourceQuota);
  }

  start(): void {
    const look = (quota: ResourceQuota) => {
      this.#changedMs.set(keyOf(quota.metadata), this.#environment.clock.monotonic());
      // What was counted before this came may have been compared with an older status: a release would be forgotten.
      if (isKnown(quota)) this.#queue.addAfter(keyOf(quota.metadata), SETTLE_MS);
      else this.#queue.add(keyOf(quota.metadata));
    };
    this.#unsubscribe.push(
      this.#quotas.subscribe({
        add: (quota) => this.#add(quota),
        update: look,
        delete: ({ metadata }) => void this.#changedMs.delete(keyOf(metadata)),
      }),
    );
    for (let worker = 0; worker < WORKERS; worker++) this.#workers.push(this.#work());
    this.#scheduleResync();
  }

  async stop(): Promise<void> {
    this.#resync?.cancel();
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#queue.close();
    await Promise.all(this.#workers);
  }

  #add({ metadata }: ResourceQuota): void {
    this.#queue.add(keyOf(metadata));
  }

  #scheduleResync(): void {
    this.#resync = this.#environment.clock.after(RESYNC_MS, () => {
      for (const quota of this.#quotas.cache.list()) this.#add(quota);
      this.#scheduleResync();
    });
  }

  async #work(): Promise<void> {
    for (;;) {
      const key = await this.#queue.take();
      if (key === undefined) return;
      try {
        await this.#count(key);
        this.#queue.forget(key);
      } catch (error) {
        const isRace = isApiError(error, "Conflict") || isApiError(error, "NotFound");
        this.#environment.log[isRace ? "debug" : "warn"](`cannot count for ${key}`, { error });
        this.#queue.addRateLimited(key);
      }
      this.#queue.done(key);
    }
  }

  async #count(key: string): Promise<void> {
    const { client, clock } = this.#environment;
    const found = this.#quotas.cache.get(refOf(key));
    if (found === undefined || found.metadata.deletionTimestamp !== undefined) return;
    const countables = this.#follow(found);
    // With caches that have not been filled everything would seem to be gone. A server that stops never fills them.
    for (const { synced } of countables) await synced;
    const quota = this.#quotas.cache.get(refOf(key));
    if (quota === undefined) return;
    const quietMs = clock.monotonic() - (this.#changedMs.get(key) ?? -Infinity);
    if (isKnown(quota) && quietMs < QUIET_MS) {
      this.#queue.addAfter(key, Math.ceil(QUIET_MS - quietMs));
      return;
    }
    const { namespace } = quota.metadata;
    const there = countables.map(({ evaluator, informer }) => ({ evaluator, objects: informer.cache.list(namespace) }));
    const status = quotaStatus(quota, there satisfies Countable[], clock.now());
    const { hard, used } = quota.status;
    const isSame = hard && used && sameTotals(hard, status.hard) && sameTotals(used, status.used);
    if (!isSame) await client.updateStatus(ResourceQuota, { ...quota, status });
  }

  /** The kinds that a quota counts, each followed from now on. */
  #follow({ spec }: ResourceQuota) {
    const names = Object.keys(spec.hard ?? {});
    const seen = new Set<string>();
    return [...this.#registry.all()].flatMap((kind) => {
      const evaluator = quotaEvaluatorOf(kind);
      const resource = `${kind.plural}.${kind.group}`;
      const isCountable = kind.scope === "Namespaced" && kind.verbs.includes("watch") && kind.verbs.includes("create");
      if (!isCountable || seen.has(resource) || !names.some((name) => evaluator.counts(name))) return [];
      seen.add(resource);
      const informer = this.#informerOf(kind, resource);
      return [{ evaluator, informer, synced: informer.synced }];
    });
  }

  #informerOf(kind: AnyKind, resource: string): Informer<KubeObject> {
    const known = this.#followed.get(resource);
    if (known) return known;
    const { informers } = this.#environment;
    const informer = WHOLE.includes(kind) ? informers.informer(kind) : informers.metadataInformer(kind);
    const followed = informer as unknown as Informer<KubeObject>;
    this.#followed.set(resource, followed);
    const gone = (object: KubeObject) => this.#released(object);
    const update = (object: KubeObject, previous: KubeObject) => {
      if (isRelease(kind, object, previous)) gone(object);
    };
    this.#unsubscribe.push(followed.subscribe(WHOLE.includes(kind) ? { delete: gone, update } : { delete: gone }));
    return followed;
  }

  /** Something of this namespace uses less now. */
  #released(object: KubeObject): void {
    for (const quota of this.#quotas.cache.list(stored(object).metadata.namespace)) {
      this.#queue.addAfter(keyOf(quota.metadata), GATHER_MS);
    }
  }
}

/** Whether what the status says is about what the quota grants now. */
function isKnown({ spec, status: { hard, used } }: ResourceQuota): boolean {
  return hard !== undefined && used !== undefined && sameTotals(spec.hard ?? {}, hard);
}

/** Whether an object may use less than before. Claims and Services only change rarely. */
function isRelease(kind: AnyKind, object: KubeObject, previous: KubeObject): boolean {
  if (kind === Pod) return isTerminal(object as Pod) && !isTerminal(previous as Pod);
  if (kind === Service) return JSON.stringify((object as Service).spec) !== JSON.stringify((previous as Service).spec);
  return false;
}
