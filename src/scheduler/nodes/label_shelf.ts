import type { LabelMatcher } from "#api/selectors/labels.ts";

type Labels = Readonly<Record<string, string>>;

/**
 * Things that concern pods of certain labels, put where those labels lead. Most selectors ask for one value of one
 * label: who looks with a pod's labels finds them without trying the others.
 */
export class LabelShelf<T> {
  readonly #byPair = new Map<string, Map<string, T>>();

  get(key: string, selector: LabelMatcher): T | undefined {
    return this.#byPair.get(pairOf(selector))?.get(key);
  }

  set(key: string, selector: LabelMatcher, item: T): void {
    const pair = pairOf(selector);
    const here = this.#byPair.get(pair);
    if (here) here.set(key, item);
    else this.#byPair.set(pair, new Map([[key, item]]));
  }

  delete(key: string, selector: LabelMatcher): void {
    const pair = pairOf(selector);
    const here = this.#byPair.get(pair);
    here?.delete(key);
    if (here?.size === 0) this.#byPair.delete(pair);
  }

  /** All whose selector may match these labels, and no others that ask for a value the labels do not have. */
  *meeting(labels: Labels): Iterable<T> {
    if (this.#byPair.size === 0) return;
    for (const key in labels) {
      const here = this.#byPair.get(`${key}=${labels[key]}`);
      if (here !== undefined) yield* here.values();
    }
    const others = this.#byPair.get(ANY);
    if (others !== undefined) yield* others.values();
  }

  *all(): Iterable<T> {
    for (const here of this.#byPair.values()) yield* here.values();
  }
}

/** Where selectors are that ask for no single value. */
const ANY = "";

function pairOf({ requirements }: LabelMatcher): string {
  for (const { key, operator, values } of requirements) {
    const isEquality = operator === "=" || operator === "==" || operator === "in";
    if (isEquality && values.length === 1) return `${key}=${values[0]}`;
  }
  return ANY;
}
