import type { Pod } from "#api/core/pod.ts";
import type { PodSpec } from "#api/core/pod_spec.ts";
import { deepFreeze, equalJson } from "#api/json.ts";

const SPECS_MAX = 64;

/** The spec of the pod created last with an image in its first container. None of them changes any more. */
const known = new Map<string, PodSpec>();
/** The JSON of those specs that came again. */
const texts = new WeakMap<object, string>();

/**
 * Gives a new pod, complete, the very spec of one before that says the same: pods are made by the hundred of one template.
 * What is found out of a spec then holds for all of them, and caches keep it once.
 */
export function shareSpec(pod: Pod): void {
  const before = known.get(imageOf(pod.spec));
  if (before === undefined || !equalJson(pod.spec, before)) return;
  pod.spec = before as Pod["spec"];
  if (!texts.has(before)) texts.set(before, JSON.stringify(before));
}

/** Keeps in mind the spec of a pod that was found right. */
export function keepSpec({ spec }: Pod): void {
  const image = imageOf(spec);
  if (known.get(image) === spec) return;
  if (known.size >= SPECS_MAX && !known.has(image)) known.clear();
  known.set(image, deepFreeze(spec));
}

/** The JSON of what many objects share, if `value` is such. */
export function sharedText(value: unknown): string | undefined {
  return typeof value === "object" && value !== null ? texts.get(value) : undefined;
}

function imageOf({ containers }: PodSpec): string {
  return containers[0]?.image ?? "";
}
