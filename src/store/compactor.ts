import type { Clock, Timer } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Revision, Store } from "./store.ts";

/** How much history is kept for watches to resume from and for lists to be paged at. */
export interface Retention {
  /** History younger than this is kept, milliseconds: kube-apiserver's --etcd-compaction-interval is 5 min. */
  readonly keepMs: number;
  /** But no more changes than this, however young: at 3 KB each 100,000 take 300 MB. */
  readonly changesMax: number;
  /** How often it is looked at, milliseconds. */
  readonly everyMs: number;
}

export const DEFAULT_RETENTION: Retention = { keepMs: 5 * 60_000, changesMax: 100_000, everyMs: 10_000 };

/**
 * Compacts a store from time to time, until the returned function is called, which is to be done before it is closed.
 *
 * @param log Told when the store refuses to compact; then it is not tried again.
 */
export function keepCompacted(
  store: Store,
  clock: Clock,
  log: Log,
  retention: Retention = DEFAULT_RETENTION,
): () => void {
  /** What the revision was at each look, oldest first. The first is the newest that is old enough, or was the only. */
  const seen: { readonly at: number; readonly revision: Revision }[] = [];
  let timer: Timer | undefined;
  let stopped = false;

  const look = async (): Promise<void> => {
    const now = clock.monotonic();
    seen.push({ at: now, revision: store.revision });
    while (seen[1] !== undefined && now - seen[1].at >= retention.keepMs) seen.shift();
    const oldest = seen[0];
    const byAge = oldest !== undefined && now - oldest.at >= retention.keepMs ? oldest.revision : 0;
    const before = Math.max(byAge, store.revision - retention.changesMax);
    if (before > store.compactedRevision) await store.compact(before);
  };

  const loop = (): void => {
    look().then(
      () => {
        if (!stopped) timer = clock.after(retention.everyMs, loop);
      },
      (error: unknown) => {
        if (!stopped) log.error("history is no longer compacted", { error });
      },
    );
  };

  loop();
  return () => {
    stopped = true;
    timer?.cancel();
  };
}
