import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from "#api/core/node_selector.ts";
import type { Taint, Toleration } from "#api/core/taint.ts";
import type { NodeInfo } from "./node_info.ts";

type Labels = Readonly<Record<string, string>>;

/** Whether one term holds for a node; a term without requirements matches nothing. */
export function matchesTerm(term: NodeSelectorTerm, info: NodeInfo): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0) return false;
  const ownFields = { "metadata.name": info.name };
  return expressions.every((each) => holds(each, info.labels)) && fields.every((each) => holds(each, ownFields));
}

/** Whether any term of a node selector holds. */
export function matchesSelector(selector: NodeSelector, info: NodeInfo): boolean {
  return selector.nodeSelectorTerms.some((term) => matchesTerm(term, info));
}

function holds({ key, operator, values = [] }: NodeSelectorRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  if (operator === "Exists") return value !== undefined;
  if (operator === "DoesNotExist") return value === undefined;
  if (operator === "In") return value !== undefined && values.includes(value);
  if (operator === "NotIn") return value === undefined || !values.includes(value);
  const [bound = ""] = values;
  if (value === undefined || !/^-?\d+$/.test(value) || !/^-?\d+$/.test(bound)) return false;
  return operator === "Gt" ? Number(value) > Number(bound) : operator === "Lt" && Number(value) < Number(bound);
}

/** Whether a toleration accepts a taint (core/v1 helpers, ToleratesTaint). */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  const operator = toleration.operator ?? "Equal";
  if (operator === "Exists") return true;
  const mine = toleration.value ?? "";
  const theirs = taint.value ?? "";
  if (operator === "Equal") return Boolean(toleration.key) && mine === theirs;
  if (!/^-?\d+$/.test(mine) || !/^-?\d+$/.test(theirs)) return false;
  return operator === "Gt" ? Number(theirs) > Number(mine) : Number(theirs) < Number(mine);
}

/** The taints of these effects that nothing tolerates. */
export function untolerated(
  tolerations: readonly Toleration[],
  taints: readonly Taint[],
  effects: readonly string[],
): Taint[] {
  return taints.filter(
    (taint) => effects.includes(taint.effect) && !tolerations.some((each) => tolerates(each, taint)),
  );
}
