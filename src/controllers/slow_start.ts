/**
 * Does something `count` times, in batches of 1, 2, 4 … at once: when the first fails (a quota, a broken template)
 * not hundreds have been tried in vain.
 *
 * @returns How often it succeeded, and the first failure. After a batch with a failure no further one is begun.
 */
export async function slowStart(
  count: number,
  once: (index: number) => Promise<void>,
): Promise<{ readonly succeeded: number; readonly failure: unknown }> {
  let succeeded = 0;
  for (let begun = 0, batch = 1; begun < count; batch *= 2) {
    const size = Math.min(batch, count - begun);
    const indexes = Array.from({ length: size }, (_, index) => begun + index);
    const outcomes = await Promise.allSettled(indexes.map(once));
    begun += size;
    succeeded += outcomes.filter((outcome) => outcome.status === "fulfilled").length;
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed) return { succeeded, failure: failed.reason };
  }
  return { succeeded, failure: undefined };
}
