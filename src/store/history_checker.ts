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

/** All that clients saw of one store, across its restarts. */
export interface History {
  readonly acknowledged: readonly Acknowledged[];
  /** Every change as a watch from the first revision finds it at the end. */
  readonly log: readonly Change[];
  readonly watched: readonly Watched[];
  readonly listed: readonly Listed[];
}

/** Says how a history contradicts the contract of `Store`; empty when it does not. */
export function checkHistory(history: History): string[] {
  return [
    ...checkLog(history.log),
    ...checkAcknowledged(history),
    ...history.watched.flatMap((watched) => checkWatched(history.log, watched)),
    ...history.listed.flatMap((listed) => checkListed(history.log, listed)),
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
