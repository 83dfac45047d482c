import type { LabelSelector } from "../meta/label_selector.ts";
import { requirementsOf } from "./label_parser.ts";
import { LabelRequirement, LabelSelectorError, type LabelOperator, type Labels } from "./requirement.ts";

export { LabelRequirement, LabelSelectorError, type LabelOperator, type Labels };

/** A compiled label selector: all of its requirements hold. */
export class LabelMatcher {
  readonly requirements: readonly LabelRequirement[];
  readonly #nothing: boolean;

  constructor(requirements: readonly LabelRequirement[], nothing = false) {
    this.requirements = requirements;
    this.#nothing = nothing;
  }

  matches(labels: Labels): boolean {
    return !this.#nothing && this.requirements.every((requirement) => requirement.matches(labels));
  }

  /** Whether it matches whatever the labels. */
  get matchesEverything(): boolean {
    return !this.#nothing && this.requirements.length === 0;
  }

  /** The text form; empty for everything. */
  toString(): string {
    return this.requirements.join(",");
  }
}

export const EVERYTHING = new LabelMatcher([]);
export const NOTHING = new LabelMatcher([], true);

/** Reads `a=b,c in (d,e),!f,g!=h,x>5`. Empty text matches everything. Throws LabelSelectorError. */
export function parseLabelSelector(text: string): LabelMatcher {
  if (text === "") return EVERYTHING;
  return new LabelMatcher(requirementsOf(text).toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)));
}

const OPERATORS: Readonly<Record<string, LabelOperator>> = {
  In: "in",
  NotIn: "notin",
  Exists: "exists",
  DoesNotExist: "!",
};

/**
 * Compiles the selector of a Deployment, ReplicaSet and the like. An absent one matches nothing, an empty one
 * everything. Throws LabelSelectorError.
 */
export function labelSelectorMatcher(selector: LabelSelector | undefined): LabelMatcher {
  if (selector === undefined) return NOTHING;
  const requirements = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]) => new LabelRequirement(key, "=", [value]),
  );
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const known = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
    if (known === undefined) {
      throw new LabelSelectorError(`${JSON.stringify(operator)} is not a valid label selector operator`);
    }
    requirements.push(new LabelRequirement(key, known, values ?? []));
  }
  return new LabelMatcher(requirements.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)));
}

/** Compiles a plain map of labels (Service and ReplicationController selectors). */
export function labelMapMatcher(labels: Labels): LabelMatcher {
  return labelSelectorMatcher({ matchLabels: { ...labels } });
}
