import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from "./node_selector.ts";
import type { PodSpec } from "./pod_spec.ts";
import type { Taint, Toleration } from "./taint.ts";

type Labels = Readonly<Record<string, string>>;

/** What selectors ask of a node. */
export interface NodeFacts {
  readonly name: string;
  readonly labels: Labels;
}

/** Whether one term holds for a node; a term without requirements matches nothing. */
export function matchesTerm(term: NodeSelectorTerm, node: NodeFacts): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0) return false;
  const ownFields = { "metadata.name": node.name };
  return expressions.every((each) => holds(each, node.labels)) && fields.every((each) => holds(each, ownFields));
}

/** Whether any term of a node selector holds. */
function matchesSelector(selector: NodeSelector, node: NodeFacts): boolean {
  return selector.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

/** Whether the pod's node selector and required node affinity accept the node. */
export function selectsNode(spec: PodSpec, node: NodeFacts): boolean {
  const wanted = Object.entries(spec.nodeSelector ?? {});
  if (!wanted.every(([key, value]) => node.labels[key] === value)) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || matchesSelector(required, node);
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
