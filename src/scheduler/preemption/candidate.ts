import { startMs, type Victims } from "./victims.ts";

/** Added per victim, so that fewer always sum to less, whatever the sign of their priorities. */
const PER_VICTIM = 2 ** 31;

/** What decides between nodes, one after the other; less is better (preemption.go pickOneNodeForPreemption). */
const MEASURES: readonly ((victims: Victims) => number)[] = [
  ({ violations }) => violations,
  ({ pods }) => pods[0]?.priority ?? -Infinity,
  ({ pods }) => pods.reduce((sum, { priority }) => sum + priority + PER_VICTIM, 0),
  ({ pods }) => pods.length,
  (victims) => -earliestStartMs(victims),
];

/** The node where evicting does least harm; of equals the first. */
export function leastHarm(candidates: readonly Victims[]): Victims | undefined {
  let left = candidates;
  for (const measure of MEASURES) {
    if (left.length < 2) break;
    const harms = left.map(measure);
    const least = Math.min(...harms);
    left = left.filter((_, at) => harms[at] === least);
  }
  return left[0];
}

/** When the first of the most important victims started: who has run for less long loses less. */
function earliestStartMs({ pods }: Victims): number {
  const highest = pods[0]?.priority;
  return Math.min(...pods.filter(({ priority }) => priority === highest).map(startMs));
}
