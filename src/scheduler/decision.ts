import type { Random } from "#base/random.ts";
import type { Diagnosis } from "./diagnosis.ts";
import { FilterPass } from "./filter_pass.ts";
import type { Refusal, View } from "./framework.ts";
import type { NodeInfo } from "./nodes/node_info.ts";
import type { PodInfo } from "./nodes/pod_info.ts";
import type { WeightedPlugin } from "./plugins/all.ts";
import type { Nominator } from "./queue/nominator.ts";

/** Where a pod goes, or why it goes nowhere. */
export type Decision = { readonly kind: "node"; readonly info: NodeInfo } | Refused;

export interface Refused {
  readonly kind: "none";
  readonly diagnosis: Diagnosis;
  readonly pass: FilterPass;
}

/** Nodes that will do, of those that were looked at. */
export interface Search {
  readonly pass: FilterPass;
  readonly feasible: readonly NodeInfo[];
  readonly diagnosis: Diagnosis;
}

export interface DeciderOptions {
  readonly view: View;
  readonly nominator: Nominator;
  readonly random: Random;
}

/** Fewer nodes than this are always all looked at (schedule_one.go minFeasibleNodesToFind). */
const NODES_MIN = 100;
const PERCENT_MIN = 5;

/** How many nodes that will do are enough: all of a small cluster, down to 5 % of a large one. */
export function nodesEnough(nodes: number, percentage: number | undefined): number {
  if (nodes < NODES_MIN) return nodes;
  const percent = percentage || Math.max(PERCENT_MIN, 50 - Math.trunc(nodes / 125));
  return Math.min(nodes, Math.max(NODES_MIN, Math.trunc((nodes * percent) / 100)));
}

/** Decides where pods go. Pure but for the choice among equals, which is the injected random's, and where it begins. */
export class Decider {
  readonly #options: DeciderOptions;
  /** Where the next search begins, so that all nodes get their turn. */
  #start = 0;
  readonly #totals: number[] = [];

  constructor(options: DeciderOptions) {
    this.#options = options;
  }

  decide(pod: PodInfo, plugins: readonly WeightedPlugin[], percentage?: number): Decision {
    const { pass, feasible, diagnosis } = this.search(pod, plugins, percentage);
    if (feasible.length === 0) return { kind: "none", diagnosis, pass };
    return { kind: "node", info: this.choose(pod, plugins, feasible) };
  }

  /**
   * Looks for nodes that will do: the one the pod is expected on, else enough of all. Why others will not is kept
   * when none will; with `keepsReasons` also when others may still refuse those that will.
   */
  search(pod: PodInfo, plugins: readonly WeightedPlugin[], percentage?: number, keepsReasons = false): Search {
    const { view, nominator } = this.#options;
    const { index } = view;
    const nodes = index.nodes.size;
    const pass = new FilterPass(pod, plugins, view, nominator);
    if (pass.refused) {
      return { pass, feasible: [], diagnosis: { nodes, refused: pass.refused, byNode: new Map(), others: undefined } };
    }
    const expected = index.nodes.get(nominator.nodeOf(pod.uid) ?? "");
    if (expected && pass.refusal(expected) === undefined) {
      return {
        pass,
        feasible: [expected],
        diagnosis: { nodes, refused: undefined, byNode: new Map(), others: undefined },
      };
    }
    const { onlyNodes } = pass;
    if (onlyNodes === undefined) {
      const enough = nodesEnough(nodes, percentage);
      return this.#searchAll(pass, index.order, enough, { nodes, others: undefined, keepsReasons });
    }
    const candidates = Array.from(onlyNodes.names).flatMap((name) => index.nodes.get(name) ?? []);
    const reason = `node(s) didn't satisfy plugin(s) [${onlyNodes.plugins.toSorted().join(" ")}]`;
    const others: Refusal = { plugin: onlyNodes.plugins.join(), reasons: [reason], isFinal: true };
    return this.#searchAll(pass, candidates, candidates.length, { nodes, others, keepsReasons });
  }

  /** The best of nodes that will do; among the best, any. */
  choose(
    pod: PodInfo,
    plugins: readonly WeightedPlugin[],
    feasible: readonly NodeInfo[],
    extra?: (info: NodeInfo) => number,
  ): NodeInfo {
    const [first] = feasible;
    if (first === undefined) throw new RangeError("there is no node to choose");
    if (feasible.length === 1) return first;
    const totals = this.#rate(pod, plugins, feasible);
    let highest = -Infinity;
    let equals = 0;
    for (let at = 0; at < feasible.length; at++) {
      const total = (totals[at] ?? 0) + (extra === undefined ? 0 : extra(feasible[at] ?? first));
      totals[at] = total;
      if (total === highest) equals++;
      else if (total > highest) [highest, equals] = [total, 1];
    }
    let turn = this.#options.random.below(equals);
    for (let at = 0; at < feasible.length; at++) {
      if (totals[at] === highest && turn-- === 0) return feasible[at] ?? first;
    }
    return first;
  }

  #searchAll(
    pass: FilterPass,
    order: readonly NodeInfo[],
    enough: number,
    { nodes, others, keepsReasons }: Pick<Diagnosis, "nodes" | "others"> & { readonly keepsReasons: boolean },
  ): Search {
    const feasible: NodeInfo[] = [];
    const refusedNodes: NodeInfo[] = [];
    const refusals: Refusal[] = [];
    const count = order.length;
    let at = count === 0 ? 0 : this.#start % count;
    let looked = 0;
    for (; looked < count && feasible.length < enough; looked++) {
      const info = order[at];
      at = at + 1 === count ? 0 : at + 1;
      if (info === undefined) continue;
      const refusal = pass.refusal(info);
      if (refusal === undefined) feasible.push(info);
      else {
        refusedNodes.push(info);
        refusals.push(refusal);
      }
    }
    this.#start = at;
    const byNode = new Map<NodeInfo, Refusal>();
    if (feasible.length === 0 || keepsReasons) {
      refusedNodes.forEach((info, each) => {
        const refusal = refusals[each];
        if (refusal) byNode.set(info, refusal);
      });
    }
    return { pass, feasible, diagnosis: { nodes, others, refused: undefined, byNode } };
  }

  /** Weighted sums of all rates, in the order of the nodes. The array is used again by the next call. */
  #rate(pod: PodInfo, plugins: readonly WeightedPlugin[], feasible: readonly NodeInfo[]): number[] {
    const totals = this.#totals;
    totals.length = feasible.length;
    totals.fill(0);
    for (const { plugin, weight } of plugins) {
      if (weight === 0) continue;
      const score = plugin.planScore?.(pod, this.#options.view, feasible);
      if (score === undefined) continue;
      const rates: number[] = [];
      for (const info of feasible) rates.push(score.rate(info));
      score.normalise?.(rates);
      for (let at = 0; at < rates.length; at++) totals[at] = (totals[at] ?? 0) + weight * (rates[at] ?? 0);
    }
    return totals;
  }
}
