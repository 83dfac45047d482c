import { collectAfterGrowth } from "#sys/engine.ts";

/** Fewer simulated nodes take no memory worth the work. */
const NODES_MIN = 500;
/** Beside half a gigabyte that lives V8 would by itself let several hundred megabytes pile up between collections. */
const GROWTH_PERCENT = 30;

/** Keeps the memory of a process close to what `nodes` simulated nodes and their pods need. */
export function boundFleetMemory(nodes: number): void {
  if (nodes >= NODES_MIN) collectAfterGrowth(GROWTH_PERCENT);
}
