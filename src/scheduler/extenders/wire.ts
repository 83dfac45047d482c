import type { Refusal } from "../framework.ts";
import type { NodeInfo } from "../nodes/node_info.ts";
import type { Victims } from "../preemption/victims.ts";
import type { Filtered } from "./extender.ts";

/**
 * What extenders answer (kube-scheduler extender/v1). Its fields have no JSON names of their own: a server in Go
 * writes `NodeNames`, others `nodenames` or `nodeNames`, and all are read.
 */
function member(answer: unknown, name: string): unknown {
  if (typeof answer !== "object" || answer === null) return undefined;
  const found = Object.entries(answer).find(([key]) => key.toLowerCase() === name.toLowerCase());
  return found?.[1] ?? undefined;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const membersOf = (value: unknown): [string, unknown][] =>
  typeof value === "object" && value !== null ? Object.entries(value) : [];

/** What the extender says went wrong; empty when nothing did. */
export function messageIn(answer: unknown): string {
  const message = member(answer, "error");
  return typeof message === "string" ? message : "";
}

/** The nodes it lets pass, and why it refuses others. Nodes it says nothing of do not pass. */
export function filterResult(answer: unknown, nodes: readonly NodeInfo[], extender: string): Filtered {
  const names = member(answer, "nodeNames");
  const items = listOf(member(member(answer, "nodes"), "items"));
  const passed = new Set(
    names === undefined ? items.map((item) => member(member(item, "metadata"), "name")) : listOf(names),
  );
  const refused = new Map<NodeInfo, Refusal>();
  const byName = new Map(nodes.map((info) => [info.name, info]));
  for (const [field, isFinal] of [
    ["failedNodes", false],
    ["failedAndUnresolvableNodes", true],
  ] as const) {
    for (const [name, reason] of membersOf(member(answer, field))) {
      const info = byName.get(name);
      if (info) refused.set(info, { plugin: extender, reasons: [String(reason)], isFinal });
    }
  }
  return { feasible: nodes.filter(({ name }) => passed.has(name)), refused };
}

/** Host → score, 0 to 10. */
export function scoresIn(answer: unknown): Map<string, number> {
  return new Map(
    listOf(answer).flatMap((each): [string, number][] => {
      const [host, score] = [member(each, "host"), member(each, "score")];
      return typeof host === "string" && typeof score === "number" ? [[host, score]] : [];
    }),
  );
}

/** Candidates as the extender has them: nodes it leaves out are none, victims it leaves out are spared. */
export function victimsIn(answer: unknown, candidates: readonly Victims[]): Victims[] {
  const byNode = new Map(membersOf(member(answer, "nodeNameToMetaVictims")));
  return candidates.flatMap(({ info, violations }) => {
    const entry = byNode.get(info.name);
    if (entry === undefined) return [];
    const uids = new Set(listOf(member(entry, "pods")).map((pod) => member(pod, "uid")));
    const broken = member(entry, "numPDBViolations");
    const pods = [...info.pods.values()].filter(({ uid }) => uids.has(uid)).toSorted((a, b) => b.priority - a.priority);
    return [{ info, pods, violations: typeof broken === "number" ? broken : violations }];
  });
}
