import type { LabelSelector } from "#api/meta/label_selector.ts";

type Labels = Readonly<Record<string, string>> | undefined;

/** Whether labels satisfy a selector. No selector selects nothing, an empty one everything. */
export function selects(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined) return false;
  if (!hasLabels(selector.matchLabels, labels)) return false;
  return (selector.matchExpressions ?? []).every((rule) => satisfies(rule, labels));
}

/** Whether all of `wanted` are among `labels`. */
export function hasLabels(wanted: Labels, labels: Labels): boolean {
  for (const [key, value] of Object.entries(wanted ?? {})) if (valueOf(labels, key) !== value) return false;
  return true;
}

/** Whether a selector selects everything; such a selector is never honoured for adoption. */
export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  if (selector === undefined) return true;
  return Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;
}

function satisfies(rule: NonNullable<LabelSelector["matchExpressions"]>[number], labels: Labels): boolean {
  const value = valueOf(labels, rule.key);
  switch (rule.operator) {
    case "In":
      return value !== undefined && (rule.values ?? []).includes(value);
    case "NotIn":
      return value === undefined || !(rule.values ?? []).includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}

function valueOf(labels: Labels, key: string): string | undefined {
  return labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
}
