import { backoffMs, type Backoff } from "#base/backoff.ts";
import { sleep, type Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import type { AnyKind } from "#api/object.ts";
import type { ObjectOf } from "#api/schema/kind.ts";
import { ApiError, type Client, type WatchEvent } from "./client.ts";
import { stored } from "./stored.ts";

/** Which objects of a kind. */
export interface Selection {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** The objects are to have nothing but their type and metadata. */
  readonly metadataOnly?: boolean | undefined;
}

/** Where a reflector puts what it sees. Calls are in the order of the server's history. */
export interface ReflectorTarget<T> {
  /** Everything there is, as of `resourceVersion`. */
  replace(objects: readonly T[], resourceVersion: string): void;
  apply(event: WatchEvent<T>): void;
}

interface ReflectorOptions<K extends AnyKind> {
  readonly client: Client;
  readonly kind: K;
  readonly selection: Selection;
  readonly target: ReflectorTarget<ObjectOf<K>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** client-go's reflector: 800 ms doubled to 30 s, each wait up to twice as long by chance. */
const BACKOFF: Backoff = { baseMs: 800, maxMs: 30_000 };
/** A watch that lived this long was healthy: the next failure starts with the first delay again. */
const HEALTHY_MS = 120_000;
/** A watch that ends sooner and without an event is a failure, lest two idle sides spin. */
const SHORT_WATCH_MS = 1_000;
const PAGE_SIZE = 500;

/**
 * Lists a kind and follows it until `signal` aborts: the target always becomes what the server has. A broken
 * watch goes on where it broke off; a history that is gone (410) is listed anew. Never throws.
 */
export async function reflect<K extends AnyKind>(options: ReflectorOptions<K>): Promise<void> {
  const { signal } = options;
  const pace = new Pace(options);
  while (!signal.aborted) {
    try {
      const resourceVersion = await list(options);
      pace.succeeded();
      await follow(options, resourceVersion, pace);
    } catch (error) {
      if (signal.aborted) return;
      options.log.warn(`cannot list ${options.kind.plural}`, { error });
      await pace.failed();
    }
  }
}

async function list<K extends AnyKind>(options: ReflectorOptions<K>): Promise<string> {
  const { client, kind, selection, signal } = options;
  const objects: ObjectOf<K>[] = [];
  let token: string | undefined;
  for (;;) {
    const page = await client.list(kind, { ...selection, limit: PAGE_SIZE, continue: token });
    signal.throwIfAborted();
    for (const object of page.items) objects.push(object);
    token = page.continue;
    if (token) continue;
    options.target.replace(objects, page.resourceVersion);
    return page.resourceVersion;
  }
}

/** Watches from `resourceVersion` on; returns when the kind has to be listed again, or `signal` aborted. */
async function follow<K extends AnyKind>(options: ReflectorOptions<K>, from: string, pace: Pace): Promise<void> {
  const { client, kind, selection, target, clock, signal } = options;
  let resourceVersion = from;
  while (!signal.aborted) {
    const startedMs = clock.monotonic();
    let isIdle = true;
    try {
      const asked = { ...selection, resourceVersion, allowBookmarks: true, signal };
      for await (const event of client.watch(kind, asked)) {
        isIdle = false;
        resourceVersion = stored(event.object).metadata.resourceVersion;
        target.apply(event);
      }
      const livedMs = clock.monotonic() - startedMs;
      if (livedMs >= HEALTHY_MS || !isIdle) pace.succeeded();
      if (isIdle && livedMs < SHORT_WATCH_MS && !signal.aborted) await pace.failed();
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && !isTransient(error)) {
        options.log.debug(`listing ${kind.plural} again`, { error });
        if (error.reason !== "Expired" && error.reason !== "Gone") await pace.failed();
        return;
      }
      options.log.warn(`the watch of ${kind.plural} broke off`, { error });
      // It got on before it broke: those that break again and again under a flood must not wait ever longer.
      if (!isIdle) pace.succeeded();
      await pace.failed();
    }
  }
}

/** Whether the same watch may succeed a little later. */
function isTransient(error: ApiError): boolean {
  return error.code === 429 || (error.code >= 500 && error.code !== 504);
}

/** How long to wait after failures in a row. */
class Pace {
  #failures = 0;
  readonly #options: Pick<ReflectorOptions<AnyKind>, "clock" | "random" | "signal">;

  constructor(options: Pick<ReflectorOptions<AnyKind>, "clock" | "random" | "signal">) {
    this.#options = options;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** Waits; returns early when the signal aborts. */
  async failed(): Promise<void> {
    const { clock, random, signal } = this.#options;
    const delayMs = backoffMs(BACKOFF, this.#failures++);
    await sleep(clock, delayMs + random.below(delayMs + 1), signal).catch(() => {});
  }
}
