import { tolerates } from "#api/core/node_selection.ts";
import type { Taint, Toleration } from "#api/core/taint.ts";
import { normaliseByMax, refusing, type Plugin } from "../framework.ts";

const UNSCHEDULABLE: Taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
const NO_TOLERATIONS: readonly Toleration[] = [];

function toleratesAll(tolerations: readonly Toleration[], taints: readonly Taint[]): boolean {
  return taints.every((taint) => tolerations.some((each) => tolerates(each, taint)));
}

function toleratesHard(tolerations: readonly Toleration[], taints: readonly Taint[] | undefined): boolean {
  return toleratesAll(
    tolerations,
    (taints ?? []).filter(({ effect }) => effect !== "PreferNoSchedule"),
  );
}

/** Cordoned nodes take only pods that tolerate it. */
export function nodeUnschedulable(): Plugin {
  const refusal = refusing("NodeUnschedulable", "node(s) were unschedulable", true);
  return {
    name: "NodeUnschedulable",
    planFilter({ pod }, { index }) {
      if (index.restricted.cordoned === 0) return undefined;
      const isBorne = (pod.spec.tolerations ?? NO_TOLERATIONS).some((each) => tolerates(each, UNSCHEDULABLE));
      if (isBorne) return undefined;
      return { kind: "filter", filter: { refusal: ({ node }) => (node.spec.unschedulable ? refusal : undefined) } };
    },
    mayHelp: (event) =>
      (event.kind === "nodeAdded" || (event.kind === "nodeChanged" && event.parts.taints)) &&
      !event.node.spec.unschedulable,
  };
}

/** A pod that names its node goes nowhere else. */
export function nodeName(): Plugin {
  const refusal = refusing("NodeName", "node(s) didn't match the requested node name", true);
  return {
    name: "NodeName",
    planFilter({ pod }) {
      const wanted = pod.spec.nodeName ?? "";
      if (wanted === "") return undefined;
      return { kind: "filter", filter: { refusal: ({ name }) => (name === wanted ? undefined : refusal) } };
    },
    mayHelp: (event, { pod }) => event.kind === "nodeAdded" && event.node.metadata.name === pod.spec.nodeName,
  };
}

/** Taints keep pods away, or make a node less wanted. */
export function taintToleration(): Plugin {
  const refusal = refusing("TaintToleration", "node(s) had untolerated taint(s)", true);
  return {
    name: "TaintToleration",
    planFilter({ pod }, { index }) {
      if (index.restricted.hardTainted === 0) return undefined;
      const tolerations = pod.spec.tolerations ?? NO_TOLERATIONS;
      return {
        kind: "filter",
        filter: {
          refusal: ({ hardTaints }) =>
            hardTaints.length === 0 || toleratesAll(tolerations, hardTaints) ? undefined : refusal,
        },
      };
    },
    planScore({ pod }, { index }) {
      if (index.restricted.softTainted === 0) return undefined;
      const tolerations = (pod.spec.tolerations ?? NO_TOLERATIONS).filter(
        ({ effect }) => !effect || effect === "PreferNoSchedule",
      );
      return {
        rate: ({ softTaints }) =>
          softTaints.filter((taint) => !tolerations.some((each) => tolerates(each, taint))).length,
        normalise: (rates) => normaliseByMax(rates, true),
      };
    },
    mayHelp(event, { pod }) {
      const tolerations = pod.spec.tolerations ?? NO_TOLERATIONS;
      if (event.kind === "nodeAdded") return toleratesHard(tolerations, event.node.spec.taints);
      if (event.kind !== "nodeChanged" || !event.parts.taints) return false;
      return (
        toleratesHard(tolerations, event.node.spec.taints) && !toleratesHard(tolerations, event.previous.spec.taints)
      );
    },
  };
}
