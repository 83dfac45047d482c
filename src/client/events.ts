import { sleep, type Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import { formatTime } from "#api/time.ts";
import { Event, type EventDraft } from "#api/core/event.ts";
import type { ObjectReference } from "#api/core/reference.ts";
import { ApiError, isApiError, type Client } from "./client.ts";
import { EventCorrelator, type EventFacts } from "./event_correlator.ts";
import { stored, type StoredObject } from "./stored.ts";

export type EventType = "Normal" | "Warning";

/** Tells people what happened to an object, as Events that `kubectl describe` shows. */
export interface EventRecorder {
  /** Never throws and never waits: an event that cannot be written is dropped and logged. */
  event(object: unknown, type: EventType, reason: string, message: string): void;
  /** The same about a part of the object, for example `spec.containers{web}`. */
  eventAt(object: unknown, fieldPath: string, type: EventType, reason: string, message: string): void;
  /** About something that is only referred to, such as a node by its name. */
  eventOn(reference: ObjectReference, type: EventType, reason: string, message: string): void;
  /** Resolves when everything recorded so far has been written or given up. */
  flush(): Promise<void>;
  stop(): void;
}

interface EventRecorderOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Who reports, for example `kubelet`. */
  readonly component: string;
  /** The machine it runs on, where that matters. */
  readonly host?: string | undefined;
}

/** Tries for one event, and the pause between: client-go's record.EventBroadcaster. */
const ATTEMPTS_MAX = 12;
const RETRY_MS = 10_000;
/** Events waiting to be written; beyond that the newest are dropped. */
const WAITING_MAX = 1_000;

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new Recorder(options);
}

class Recorder implements EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #correlator: EventCorrelator;
  readonly #abort = new AbortController();
  #waiting = 0;
  /** Writes one after the other, so that counts only grow. */
  #tail: Promise<void> = Promise.resolve();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#correlator = new EventCorrelator(options.clock);
  }

  event(object: unknown, type: EventType, reason: string, message: string): void {
    this.eventOn(referenceTo(stored(object)), type, reason, message);
  }

  eventAt(object: unknown, fieldPath: string, type: EventType, reason: string, message: string): void {
    this.eventOn({ ...referenceTo(stored(object)), fieldPath }, type, reason, message);
  }

  eventOn(involvedObject: ObjectReference, type: EventType, reason: string, message: string): void {
    if (this.#abort.signal.aborted || this.#waiting >= WAITING_MAX) return;
    const facts = { involvedObject, type, reason, message, component: this.#options.component };
    this.#waiting++;
    this.#tail = this.#tail.then(() => this.#write(facts)).finally(() => this.#waiting--);
  }

  flush(): Promise<void> {
    return this.#tail;
  }

  stop(): void {
    this.#abort.abort();
  }

  async #write(recorded: EventFacts): Promise<void> {
    const known = this.#correlator.observe(recorded);
    if (!known) return;
    const { signal } = this.#abort;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        known.name = known.name === undefined ? await this.#create(known) : await this.#count(known);
        return;
      } catch (error) {
        const isLast = attempt >= ATTEMPTS_MAX || error instanceof ApiError;
        if (isLast) {
          this.#options.log.debug("an event was dropped", { reason: recorded.reason, error });
          return;
        }
        await sleep(this.#options.clock, RETRY_MS, signal).catch(() => {});
      }
    }
  }

  async #create(known: Correlated): Promise<string> {
    const written = await this.#options.client.create(Event, this.#draft(known));
    return written.metadata.name;
  }

  async #count(known: Correlated): Promise<string> {
    const namespace = namespaceOf(known.facts.involvedObject);
    const { count, lastMs, facts, name } = known;
    const body = { count, lastTimestamp: formatTime(lastMs), message: facts.message };
    try {
      await this.#options.client.patch(Event, { namespace, name: name ?? "" }, { type: "merge", body });
      return name ?? "";
    } catch (error) {
      // Events live an hour: one that expired is begun again, with its count.
      if (isApiError(error, "NotFound")) return this.#create(known);
      throw error;
    }
  }

  #draft(known: Correlated): EventDraft {
    const { facts, firstMs, lastMs, count } = known;
    const { component, host } = this.#options;
    const suffix = Array.from(this.#options.random.bytes(8), (byte) => byte.toString(16).padStart(2, "0")).join("");
    return {
      metadata: {
        name: `${facts.involvedObject.name ?? ""}.${suffix}`,
        namespace: namespaceOf(facts.involvedObject),
      },
      involvedObject: facts.involvedObject,
      type: facts.type,
      reason: facts.reason,
      message: facts.message,
      source: host === undefined ? { component } : { component, host },
      firstTimestamp: formatTime(firstMs),
      lastTimestamp: formatTime(lastMs),
      count,
      reportingComponent: component,
      reportingInstance: host ?? "",
    };
  }
}

type Correlated = NonNullable<ReturnType<EventCorrelator["observe"]>>;

/** Names an object so that an event can point at it. */
function referenceTo(object: StoredObject): ObjectReference {
  const { apiVersion, kind, metadata } = object;
  const { namespace, name, uid, resourceVersion } = metadata;
  return { apiVersion, kind, ...(namespace && { namespace }), name, uid, resourceVersion };
}

/** Events about objects of the whole cluster are kept in `default`. */
function namespaceOf(reference: ObjectReference): string {
  return reference.namespace || "default";
}
