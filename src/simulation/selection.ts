import type { ObjectMeta } from "#api/meta/object_meta.ts";
import type { Node } from "#api/core/node.ts";
import type { Pod } from "#api/core/pod.ts";
import { COMPLETES, RUNS, type NodeStages, type PodStages, type Selects, type StageBook } from "./stages.ts";

/** Put at a pod or a node, it names the document that is its life, whatever that selects. */
export const STAGES_ANNOTATION = "simulation.knarr.dev/stages";

/** The life of a pod: the one its annotation names, else the first that selects it, else to run or to complete. */
export function podStagesFor(pod: Pod, { pods }: StageBook): PodStages {
  const image = pod.spec.containers[0]?.image ?? "";
  const fits = ({ selects }: PodStages) =>
    isSelected(pod.metadata, selects) &&
    matchesAny(image, selects.images) &&
    (selects.restartPolicies?.includes(pod.spec.restartPolicy ?? "Always") ?? true);
  return named(pod.metadata, pods) ?? pods.find(fits) ?? (fits(COMPLETES) ? COMPLETES : RUNS);
}

/** The life of a node beside its heartbeats, if it has any. */
export function nodeStagesFor(node: Node, { nodes }: StageBook): NodeStages | undefined {
  return named(node.metadata, nodes) ?? nodes.find(({ selects }) => isSelected(node.metadata, selects));
}

function named<T extends { readonly name: string }>(meta: ObjectMeta, from: readonly T[]): T | undefined {
  const name = meta.annotations?.[STAGES_ANNOTATION];
  return name === undefined ? undefined : from.find((each) => each.name === name);
}

function isSelected(meta: ObjectMeta, { names, labels, annotations }: Selects): boolean {
  return matchesAny(meta.name ?? "", names) && isWithin(labels, meta.labels) && isWithin(annotations, meta.annotations);
}

function isWithin(
  wanted: Readonly<Record<string, string>> = {},
  given: Readonly<Record<string, string>> = {},
): boolean {
  return Object.entries(wanted).every(([name, value]) => given[name] === value);
}

function matchesAny(text: string, patterns: readonly string[] | undefined): boolean {
  return patterns === undefined || patterns.some((pattern) => matches(text, pattern));
}

/** Whether `text` is `pattern`, in which `*` stands for any text. In linear time whatever the pattern. */
function matches(text: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
