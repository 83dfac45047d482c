import type { Report } from "./report.ts";

type Counts<K extends string> = { readonly [key in K]?: number | undefined };

/** Counts in a status may not be negative. */
export function checkCounts<K extends string>(report: Report, status: Counts<K>, names: readonly K[]): void {
  for (const name of names) report.nonNegative(`status.${name}`, status[name]);
}

/** Counts of some of the replicas may not exceed that of all. */
export function checkParts<K extends string>(
  report: Report,
  status: Counts<K> & { readonly replicas?: number | undefined },
  names: readonly K[],
): void {
  for (const name of names) {
    const count = status[name] ?? 0;
    if (count > (status.replicas ?? 0)) {
      report.invalid(`status.${name}`, count, "cannot be greater than status.replicas");
    }
  }
}

/** Pods available are among those ready. */
export function checkAvailable(
  report: Report,
  status: Counts<"availableReplicas" | "readyReplicas">,
  ready = "readyReplicas",
): void {
  const available = status.availableReplicas ?? 0;
  if (available > (status.readyReplicas ?? 0)) {
    report.invalid("status.availableReplicas", available, `cannot be greater than ${ready}`);
  }
}

/** A collision count only goes up. */
export function checkCollisions(
  report: Report,
  next: Counts<"collisionCount">,
  previous: Counts<"collisionCount">,
): void {
  const [count, before] = [next.collisionCount, previous.collisionCount];
  if (count !== undefined && before !== undefined && count < before) {
    report.invalid("status.collisionCount", count, "cannot be decremented");
  }
}
