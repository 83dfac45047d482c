import type { Faults } from "knarr";
import { finalState } from "./final_state.ts";
import type { Life } from "./lives.ts";
import { exampleStages, Story } from "./story.ts";

/** How long controllers and nodes have to come to rest at the end, restarts of both included. */
const CALM = "3m";

/** Lives through `life` with things going wrong; gives what there is in the end. */
export async function live({ steps, rest = "20s" }: Life, faults: Faults, mayComplain = false): Promise<string[]> {
  await using story = await Story.begin({ nodes: 0, simulatedNodes: 2, stages: exampleStages() });
  story.mayComplain = mayComplain;
  const { cluster } = story;
  cluster.faults = faults;
  for (const step of steps) {
    await step(cluster);
    await cluster.clock.advance(rest);
  }
  cluster.faults = undefined;
  await cluster.clock.advance(CALM);
  return finalState(cluster);
}
