import type { Change, Entry, Revision } from "./store.ts";

/** An acknowledged write; without `value` a removal. */
export interface Acknowledged {
  readonly revision: Revision;
  readonly key: string;
  readonly value: Uint8Array | undefined;
  readonly expected: Revision | "absent";
}

/** What one watch was handed, and how far it said it had come. */
export interface Watched {
  readonly prefix: string;
  readonly after: Revision;
  readonly changes: readonly Change[];
  readonly revision: Revision;
}

/** What one list returned. */
export interface Listed {
  readonly prefix: string;
  readonly at: Revision;
  readonly entries: readonly Entry[];
}

/** What a watch of the API was sent, in the order it came. A bookmark has a revision alone. */
export interface FollowedEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly revision: Revision;
  readonly key?: string;
  /** What stands since, or what stood before a deletion. */
  readonly value?: Uint8Array | undefined;
}

/** What a watch that sees only some entries was sent, across all its connections. */
export interface Followed {
  readonly prefix: string;
  readonly after: Revision;
  readonly selects: (entry: Entry) => boolean;
  readonly events: readonly FollowedEvent[];
  /** Everything up to here must have come. */
  readonly until: Revision;
}

/** One life of a server: the revision it began with, and the highest that anybody was told of during it. */
export interface Life {
  readonly opened: Revision;
  readonly highest: Revision;
}

/** All that clients saw of one store, across its restarts. */
export interface History {
  readonly acknowledged: readonly Acknowledged[];
  /** Every change as a watch from the first revision finds it at the end. */
  readonly log: readonly Change[];
  readonly watched: readonly Watched[];
  readonly listed: readonly Listed[];
  readonly followed?: readonly Followed[];
  /** In the order they were lived. */
  readonly lives?: readonly Life[];
}

/** Says how a history contradicts the contract of `Store`; empty when it does not. */
export function checkHistory(history: History): string[] {
  return [
    ...checkLog(history.log),
    ...checkAcknowledged(history),
    ...history.watched.flatMap((watched) => checkWatched(history.log, watched)),
    ...history.listed.flatMap((listed) => checkListed(history.log, listed)),
    ...(history.followed ?? []).flatMap((followed) => checkFollowed(history.log, followed)),
    ...checkLives(history.lives ?? []),
  ];
}

function checkLog(log: readonly Change[]): string[] {
  const faults: string[] = [];
  const standing = new Map<string, Entry>();
  for (const [at, { revision, key, entry, previous }] of log.entries()) {
    if (revision !== at + 1) faults.push(`revision ${at + 1} is missing from the log: ${revision} stands there`);
    const before = standing.get(key);
    if (!sameEntry(before, previous)) faults.push(`change ${revision} of ${key} does not follow what stood before`);
    if (entry === undefined) standing.delete(key);
    else standing.set(key, entry);
    if (entry === undefined) continue;
    if (entry.modRevision !== revision) faults.push(`change ${revision} carries an entry of ${entry.modRevision}`);
    if (entry.createRevision !== (before?.createRevision ?? revision)) {
      faults.push(`change ${revision} of ${key} says it was created at ${entry.createRevision}`);
    }
  }
  return faults;
}

function checkAcknowledged({ acknowledged, log }: History): string[] {
  const faults: string[] = [];
  const seen = new Set<Revision>();
  for (const { revision, key, value, expected } of acknowledged) {
    if (seen.has(revision)) faults.push(`revision ${revision} was acknowledged twice`);
    seen.add(revision);
    const change = log[revision - 1];
    if (change?.key !== key || !sameBytes(change.entry?.value, value)) {
      faults.push(`the acknowledged write ${revision} of ${key} was lost`);
    } else if ((change.previous?.modRevision ?? "absent") !== expected) {
      faults.push(`write ${revision} of ${key} was accepted at ${expected} although that did not stand there`);
    }
  }
  return faults;
}

function checkWatched(log: readonly Change[], { prefix, after, changes, revision }: Watched): string[] {
  const due = log.filter((change) => change.revision > after && change.key.startsWith(prefix));
  const name = `the watch of ${prefix} after ${after}`;
  for (const [at, change] of changes.entries()) {
    if (change.revision !== due[at]?.revision) {
      return [`${name} was handed ${change.revision} where ${due[at]?.revision ?? "nothing"} was due`];
    }
    if (!sameEntry(change.entry, due[at]?.entry)) return [`${name} was handed another entry at ${change.revision}`];
  }
  const owed = due[changes.length];
  if (owed !== undefined && owed.revision <= revision) {
    return [`${name} says it is at ${revision}, but was not handed ${owed.revision}`];
  }
  return [];
}

function checkListed(log: readonly Change[], { prefix, at, entries }: Listed): string[] {
  const standing = new Map<string, Entry>();
  for (const { revision, key, entry } of log) {
    if (revision > at || !key.startsWith(prefix)) continue;
    if (entry === undefined) standing.delete(key);
    else standing.set(key, entry);
  }
  const due = [...standing.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  const same = due.length === entries.length && due.every((entry, i) => sameEntry(entry, entries[i]));
  return same ? [] : [`the list of ${prefix} at ${at} was not what stood there`];
}

/** What a watch through a filter is to be sent of a change: an entry may come into view or go out of it. */
function dueEvent({ revision, key, entry, previous }: Change, { selects }: Followed): FollowedEvent | undefined {
  const now = entry !== undefined && selects(entry);
  const before = previous !== undefined && selects(previous);
  if (now) return { type: before ? "MODIFIED" : "ADDED", revision, key, value: entry.value };
  return before ? { type: "DELETED", revision, key, value: previous.value } : undefined;
}

function checkFollowed(log: readonly Change[], followed: Followed): string[] {
  const { prefix, after, events, until } = followed;
  const due = log
    .filter((change) => change.revision > after && change.key.startsWith(prefix))
    .flatMap((change) => dueEvent(change, followed) ?? []);
  const name = `the filtered watch of ${prefix} after ${after}`;
  let at = 0;
  for (const event of events) {
    const next = due[at];
    if (event.type === "BOOKMARK") {
      if (next !== undefined && next.revision <= event.revision) {
        return [`${name} was told it is at ${event.revision}, but was not sent ${next.revision}`];
      }
      continue;
    }
    if (next === undefined || event.revision !== next.revision || event.key !== next.key) {
      return [`${name} was sent ${event.type} ${event.revision} where ${next?.revision ?? "nothing"} was due`];
    }
    if (event.type !== next.type) return [`${name} was sent ${event.type} at ${next.revision}, not ${next.type}`];
    if (!sameBytes(event.value, next.value)) return [`${name} was sent another value at ${next.revision}`];
    at++;
  }
  const owed = due[at];
  return owed !== undefined && owed.revision <= until ? [`${name} was never sent ${owed.type} ${owed.revision}`] : [];
}

function checkLives(lives: readonly Life[]): string[] {
  return lives.flatMap(({ opened }, at) => {
    const before = lives[at - 1]?.highest ?? 0;
    return opened < before ? [`the store began at ${opened} after ${before} was told`] : [];
  });
}

/** Whether two entries say the same, whoever read them. */
function sameEntry(a: Entry | undefined, b: Entry | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.key === b.key &&
    a.createRevision === b.createRevision &&
    a.modRevision === b.modRevision &&
    sameBytes(a.value, b.value)
  );
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
