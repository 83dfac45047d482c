import type { Profile } from "../configuration.ts";
import type { Decider, Decision } from "../decision.ts";
import type { NodeInfo } from "../nodes/node_info.ts";
import type { PodInfo } from "../nodes/pod_info.ts";
import type { Extender } from "./extender.ts";

/** Decides with extenders: each sees what those before it let pass, and their ratings add to ours. */
export async function decideExtended(
  decider: Decider,
  pod: PodInfo,
  { plugins, percentageOfNodesToScore }: Profile,
  extenders: readonly Extender[],
): Promise<Decision> {
  const search = decider.search(pod, plugins, percentageOfNodesToScore, true);
  const refused = new Map(search.diagnosis.byNode);
  let feasible: readonly NodeInfo[] = search.feasible;
  for (const extender of extenders) {
    if (feasible.length === 0) break;
    const filtered = await extender.filter(pod, feasible);
    for (const [info, refusal] of filtered.refused) refused.set(info, refusal);
    feasible = filtered.feasible;
  }
  if (feasible.length === 0) {
    return { kind: "none", pass: search.pass, diagnosis: { ...search.diagnosis, byNode: refused } };
  }
  const ratings = await Promise.all(extenders.map((extender) => extender.prioritize(pod, feasible)));
  const rating = ({ name }: NodeInfo) => ratings.reduce((sum, each) => sum + (each.get(name) ?? 0), 0);
  return { kind: "node", info: decider.choose(pod, plugins, feasible, rating) };
}
