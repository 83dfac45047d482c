import type { Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import type { AnyKind, ObjectRef } from "#api/object.ts";
import type { ObjectOf } from "#api/schema/kind.ts";
import type { Cache } from "./cache.ts";
import type { Client } from "./client.ts";
import type { EventRecorder } from "./events.ts";
import type { InformerFactory } from "./informer.ts";

/** What a controller runs in. */
export interface Environment {
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The caches a controller declared. */
export interface Caches {
  /** @throws {RangeError} If the controller neither is for, owns nor watches `kind`. */
  cache<K extends AnyKind>(kind: K): Cache<ObjectOf<K>>;
}

/** What `reconcile` may use. Its client notes each write, so the object is not looked at again on old caches. */
export interface Context extends Caches {
  readonly client: Client;
  /** Objects of a kind whose managing owner is `owner`, in its namespace. */
  owned<K extends AnyKind>(
    kind: K,
    owner: { readonly metadata: { readonly uid: string; readonly namespace?: string | undefined } },
  ): readonly ObjectOf<K>[];
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Aborts when the controller stops. */
  readonly signal: AbortSignal;
}

/** When to look again although nothing changed. */
export interface Outcome {
  readonly requeueAfterMs?: number | undefined;
}

/** Makes a change of one kind bring other objects to be reconciled. */
interface WatchDeclaration {
  readonly kind: AnyKind;
  map(object: unknown, previous: unknown, caches: Caches): readonly ObjectRef[];
}

/**
 * @param map Which objects to reconcile because `object` is new, changed (from `previous`) or gone (`previous`
 *     is undefined then, too).
 */
export function watching<K extends AnyKind>(
  kind: K,
  map: (object: ObjectOf<K>, previous: ObjectOf<K> | undefined, caches: Caches) => readonly ObjectRef[],
): WatchDeclaration {
  return { kind, map: (object, previous, caches) => map(object as ObjectOf<K>, previous as ObjectOf<K>, caches) };
}

/** A controller as a declaration; `startController` brings it to life. */
export interface Controller<K extends AnyKind = AnyKind> {
  /** For logs, events and metrics, for example `replicaset`. */
  readonly name: string;
  /** The component events come from; default `NAME-controller`. */
  readonly component?: string | undefined;
  readonly for: K;
  /** Kinds whose objects bring back the object that manages them. */
  readonly owns?: readonly AnyKind[] | undefined;
  readonly watches?: readonly WatchDeclaration[] | undefined;
  /** Objects reconciled at a time; default 5, never the same object twice at a time. */
  readonly workers?: number | undefined;
  /** Every object is looked at again after this time; default twelve hours. */
  readonly resyncMs?: number | undefined;
  /**
   * The least time between two passes over an object, milliseconds; default none. Where there is one, it is also no less
   * than the last pass took. What changes meanwhile is taken together: where a pass costs as much as the object owns,
   * and each owned thing brings one, it saves the square.
   */
  paceMs?(object: ObjectOf<K>, context: Context): number;
  /** Makes the world more like `object`. Told which object, never what happened. A throw is retried with back-off. */
  reconcile(object: ObjectOf<K>, context: Context): Promise<Outcome | void>;
  /** The object is gone. Called at least once for each that was there. */
  gone?(ref: ObjectRef, context: Context): Promise<void>;
}

/** Declares a controller: fixes the type of what it reconciles. */
export function controller<const K extends AnyKind>(declaration: Controller<K>): Controller<K> {
  return declaration;
}

/** Figures since the start. */
export interface ControllerMetrics {
  readonly name: string;
  readonly reconciles: number;
  readonly failures: number;
  /** Times a key was put off because the cache did not show its last write. */
  readonly deferrals: number;
  /** Milliseconds spent in `reconcile`, over all workers. */
  readonly busyMs: number;
  readonly depth: number;
}

export interface RunningController {
  readonly name: string;
  readonly metrics: ControllerMetrics;
  /** Lets reconciles in hand finish; resolves when they have. */
  stop(): Promise<void>;
}
