import type { Clock, Timer } from "#base/clock.ts";
import { LIMITS } from "./limits.ts";

/** Clients elsewhere are told by tenths of a second: those who came together, not all there are, are told together. */
const ELSEWHERE_STEP_MS = 100;

/**
 * Says when a watch is to be sent a bookmark (apiserver's cacher does the same, by the second). All watches share one
 * timer, those of this process another, and are told together: a server where nothing happens hardly wakes for them.
 */
export class Bookmarks {
  readonly #elsewhere: Round;
  readonly #here: Round;

  constructor(clock: Clock) {
    this.#elsewhere = new Round(clock, LIMITS.bookmarkIntervalMs, ELSEWHERE_STEP_MS);
    this.#here = new Round(clock, LIMITS.ownBookmarkIntervalMs, LIMITS.ownBookmarkIntervalMs);
  }

  /**
   * Calls `mark` once per interval until the returned function is called, which may be done more than once.
   *
   * @param isOurs Whether the client is a part of this process.
   */
  add(mark: () => void, { isOurs }: { readonly isOurs: boolean }): () => void {
    return (isOurs ? this.#here : this.#elsewhere).add(mark);
  }
}

interface Member {
  readonly mark: () => void;
  dueMs: number;
}

/** Calls each of its members every `intervalMs`, those together that are due in the same `stepMs`. */
class Round {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #stepMs: number;
  /** Members by when they are due, a multiple of `#stepMs`. Invariant: in that order, and no group is empty. */
  readonly #groups = new Map<number, Set<Member>>();
  /** For the first group; undefined when there is none. */
  #timer: Timer | undefined;

  constructor(clock: Clock, intervalMs: number, stepMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#stepMs = stepMs;
  }

  add(mark: () => void): () => void {
    const member = { mark, dueMs: 0 };
    this.#put(member, this.#clock.monotonic());
    if (this.#timer === undefined) this.#wait();
    return () => this.#remove(member);
  }

  /** The step is the one before an interval is over, so a first bookmark never comes late. */
  #put(member: Member, nowMs: number): void {
    member.dueMs = Math.floor((nowMs + this.#intervalMs) / this.#stepMs) * this.#stepMs;
    const group = this.#groups.get(member.dueMs);
    if (group === undefined) this.#groups.set(member.dueMs, new Set([member]));
    else group.add(member);
  }

  #remove(member: Member): void {
    const group = this.#groups.get(member.dueMs);
    if (!group?.delete(member) || group.size > 0) return;
    this.#groups.delete(member.dueMs);
    this.#wait();
  }

  #wait(): void {
    this.#timer?.cancel();
    const [next] = this.#groups.keys();
    this.#timer =
      next === undefined ? undefined : this.#clock.after(next - this.#clock.monotonic(), () => this.#call(next));
  }

  #call(dueMs: number): void {
    const due = this.#groups.get(dueMs) ?? new Set();
    this.#groups.delete(dueMs);
    // The machine's timers may be early by a part of a millisecond: that is no second time.
    const nowMs = Math.max(dueMs, this.#clock.monotonic());
    for (const member of due) this.#put(member, nowMs);
    this.#wait();
    // Those it calls may take others out.
    for (const member of due) if (this.#groups.get(member.dueMs)?.has(member)) member.mark();
  }
}
