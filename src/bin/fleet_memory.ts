import { collectAfterGrowth } from "#sys/heap.ts";

/** Fewer simulated nodes take no memory worth the work. */
const NODES_MIN = 500;
/** Of a gigabyte that lives V8 would let some hundreds of megabytes more be taken: a tenth more work saves them. */
const GROWTH_PERCENT = 30;

/** Keeps the memory of a process close to what `nodes` simulated nodes and their pods need. */
export function boundFleetMemory(nodes: number): void {
  if (nodes >= NODES_MIN) collectAfterGrowth(GROWTH_PERCENT);
}
