import type { Pod } from "#api/core/pod.ts";
import type { Random } from "#base/random.ts";
import { FILTERS, filterState, type Refusal } from "./filters.ts";
import type { NodeInfo } from "./node_info.ts";
import type { NamespaceLabels } from "./pod_affinity.ts";
import { totalScores } from "./scores.ts";

/** Where a pod goes, or why it goes nowhere (the text of the FailedScheduling event). */
export type Placement =
  | { readonly kind: "node"; readonly name: string }
  | { readonly kind: "none"; readonly message: string };

/** Decides where one pod goes. Pure but for the choice among equals, which is `random`'s. */
export function placePod(pod: Pod, nodes: readonly NodeInfo[], labelsOf: NamespaceLabels, random: Random): Placement {
  if (nodes.length === 0) return { kind: "none", message: "no nodes available to schedule pods" };
  const state = filterState(pod, nodes, labelsOf);
  const feasible: NodeInfo[] = [];
  const refused: (readonly Refusal[])[] = [];
  for (const info of nodes) {
    const refusals = firstRefusal(state, info);
    if (refusals.length === 0) feasible.push(info);
    else refused.push(refusals);
  }
  if (feasible.length === 0) return { kind: "none", message: failureMessage(nodes.length, refused) };
  return { kind: "node", name: best(pod, feasible, nodes, random) };
}

function firstRefusal(state: ReturnType<typeof filterState>, info: NodeInfo): readonly Refusal[] {
  for (const filter of FILTERS) {
    const refusals = filter(state, info);
    if (refusals.length > 0) return refusals;
  }
  return [];
}

function best(pod: Pod, feasible: readonly NodeInfo[], nodes: readonly NodeInfo[], random: Random): string {
  const [only] = feasible;
  if (feasible.length === 1 && only) return only.name;
  const totals = totalScores(pod, feasible, nodes);
  const highest = Math.max(...totals);
  const leaders = feasible.filter((_, at) => totals[at] === highest);
  return leaders[random.below(leaders.length)]?.name ?? "";
}

/**
 * `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable. preemption: …`, reasons in
 * alphabetical order of the whole phrase, as scheduler/framework FitError prints them.
 */
function failureMessage(total: number, refused: readonly (readonly Refusal[])[]): string {
  const reasons = refused.flatMap((refusals) => refusals.map((each) => each.reason));
  const hopeless = refused.filter((refusals) => refusals.some((each) => each.final)).length;
  const preemption = [
    ...Array.from({ length: total - hopeless }, () => "No preemption victims found for incoming pod"),
    ...Array.from({ length: hopeless }, () => "Preemption is not helpful for scheduling"),
  ];
  const available = `0/${total} nodes are available`;
  return `${available}: ${counted(reasons)}. preemption: ${available}: ${counted(preemption)}.`;
}

function counted(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return Array.from(counts, ([reason, count]) => `${count} ${reason}`)
    .toSorted()
    .join(", ");
}
