import type { Clock } from "#base/clock.ts";
import type { ObjectReference } from "#api/core/reference.ts";

/** What was recorded. */
export interface EventFacts {
  readonly involvedObject: ObjectReference;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly component: string;
}

/** An event as it stands after what was recorded last. */
interface KnownEvent {
  readonly facts: EventFacts;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** The name it is stored under, once it is. */
  name: string | undefined;
}

/** The figures of client-go's events_cache.go. */
const LIMITS = {
  /** Kinds of happenings remembered. */
  knownMax: 4096,
  /** Different messages of one reason within the window before they are combined. */
  similarMax: 10,
  similarWindowMs: 600_000,
  /** Events about one object in a row; one more each five minutes after that. */
  burst: 25,
  refillMs: 300_000,
} as const;

/** Counts what repeats, combines what is alike and drops what floods. */
export class EventCorrelator {
  readonly #clock: Clock;
  readonly #known = new RecentMap<KnownEvent>(LIMITS.knownMax);
  readonly #similar = new RecentMap<{ readonly messages: Set<string>; lastMs: number }>(LIMITS.knownMax);
  readonly #tokens = new RecentMap<{ tokens: number; atMs: number }>(LIMITS.knownMax);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The event to write now, or undefined when there are too many about this object. */
  observe(recorded: EventFacts): KnownEvent | undefined {
    const nowMs = this.#clock.now();
    const { facts, key } = this.#combine(recorded, nowMs);
    if (!this.#mayPass(recorded, nowMs)) return undefined;
    const before = this.#known.get(key);
    const known: KnownEvent = {
      facts,
      count: (before?.count ?? 0) + 1,
      firstMs: before?.firstMs ?? nowMs,
      lastMs: nowMs,
      name: before?.name,
    };
    this.#known.set(key, known);
    return known;
  }

  #combine(recorded: EventFacts, nowMs: number): { facts: EventFacts; key: string } {
    const alike = keyOf([...parts(recorded.involvedObject), recorded.type, recorded.reason, recorded.component]);
    const similar = this.#similar.get(alike);
    const recent = similar && nowMs - similar.lastMs <= LIMITS.similarWindowMs ? similar : undefined;
    const next = recent ?? { messages: new Set<string>(), lastMs: nowMs };
    next.messages.add(recorded.message);
    next.lastMs = nowMs;
    this.#similar.set(alike, next);
    if (next.messages.size < LIMITS.similarMax) return { facts: recorded, key: keyOf([alike, recorded.message]) };
    // The set has done its work: it must not grow with every new message.
    next.messages.delete(recorded.message);
    const message = `(combined from similar events): ${recorded.message}`;
    return { facts: { ...recorded, message }, key: alike };
  }

  #mayPass(recorded: EventFacts, nowMs: number): boolean {
    const key = keyOf([...parts(recorded.involvedObject), recorded.component]);
    const bucket = this.#tokens.get(key) ?? { tokens: LIMITS.burst, atMs: nowMs };
    bucket.tokens = Math.min(LIMITS.burst, bucket.tokens + (nowMs - bucket.atMs) / LIMITS.refillMs);
    bucket.atMs = nowMs;
    this.#tokens.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }
}

function parts(reference: ObjectReference): readonly string[] {
  const { kind = "", namespace = "", name = "", uid = "", apiVersion = "", fieldPath = "" } = reference;
  return [kind, namespace, name, uid, apiVersion, fieldPath];
}

function keyOf(words: readonly string[]): string {
  return JSON.stringify(words);
}

/** A map that forgets the entry longest unused when it is full. */
class RecentMap<T> {
  readonly #sizeMax: number;
  readonly #entries = new Map<string, T>();

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: T): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#sizeMax) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}
