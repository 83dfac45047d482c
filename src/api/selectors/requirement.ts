import { labelValue, qualifiedName } from "../validation/names.ts";

export type LabelOperator = "in" | "notin" | "=" | "==" | "!=" | "gt" | "lt" | "exists" | "!";

/** Labels of an object; absent is as good as empty. */
export type Labels = Readonly<Record<string, string>> | undefined;

/** The selector cannot be read; `message` is what Kubernetes says. */
export class LabelSelectorError extends Error {
  override readonly name = "LabelSelectorError";
}

/** One condition on one label. */
export class LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];

  /** Throws LabelSelectorError with all that is wrong. */
  constructor(key: string, operator: LabelOperator, values: readonly string[]) {
    const problems = problemsOf(key, operator, values);
    if (problems.length > 0) throw new LabelSelectorError(aggregate(problems));
    this.key = key;
    this.operator = operator;
    this.values = values;
  }

  matches(labels: Labels): boolean {
    const value = labels !== undefined && Object.hasOwn(labels, this.key) ? labels[this.key] : undefined;
    switch (this.operator) {
      case "in":
      case "=":
      case "==":
        return value !== undefined && this.values.includes(value);
      case "notin":
      case "!=":
        return value === undefined || !this.values.includes(value);
      case "exists":
        return value !== undefined;
      case "!":
        return value === undefined;
      case "gt":
      case "lt":
        return value !== undefined && this.#compares(value);
    }
  }

  #compares(value: string): boolean {
    if (!isInt64(value)) return false;
    const [left, right] = [BigInt(value), BigInt(this.values[0] ?? "0")];
    return this.operator === "gt" ? left > right : left < right;
  }

  toString(): string {
    const values = this.values.toSorted().join(",");
    switch (this.operator) {
      case "exists":
        return this.key;
      case "!":
        return `!${this.key}`;
      case "in":
      case "notin":
        return `${this.key} ${this.operator} (${values})`;
      case "gt":
        return `${this.key}>${values}`;
      case "lt":
        return `${this.key}<${values}`;
      default:
        return `${this.key}${this.operator}${values}`;
    }
  }
}

function isInt64(text: string): boolean {
  if (!/^[+-]?[0-9]{1,32}$/.test(text)) return false;
  const value = BigInt(text.replace(/^\+/, ""));
  return value >= -(2n ** 63n) && value < 2n ** 63n;
}

function problemsOf(key: string, operator: LabelOperator, values: readonly string[]): string[] {
  const problems: string[] = [];
  const keyProblems = qualifiedName(key);
  if (keyProblems.length > 0) problems.push(`key: Invalid value: ${JSON.stringify(key)}: ${keyProblems.join("; ")}`);
  const count = countProblem(operator, values.length);
  const shown = values.length === 0 ? "null" : JSON.stringify(values);
  if (count !== undefined) problems.push(`values: Invalid value: ${shown}: ${count}`);
  for (const [i, value] of values.entries()) {
    if ((operator === "gt" || operator === "lt") && !isInt64(value)) {
      const rule = "for 'Gt', 'Lt' operators, the value must be an integer";
      problems.push(`values[${i}]: Invalid value: ${JSON.stringify(value)}: ${rule}`);
    }
  }
  for (const [i, value] of values.entries()) {
    const wrong = labelValue(value);
    if (wrong.length > 0) {
      problems.push(`values[${i}][${key}]: Invalid value: ${JSON.stringify(value)}: ${wrong.join("; ")}`);
    }
  }
  return problems;
}

function countProblem(operator: LabelOperator, count: number): string | undefined {
  switch (operator) {
    case "in":
    case "notin":
      return count === 0 ? "for 'in', 'notin' operators, values set can't be empty" : undefined;
    case "exists":
    case "!":
      return count === 0 ? undefined : "values set must be empty for exists and does not exist";
    case "gt":
    case "lt":
      return count === 1 ? undefined : "for 'Gt', 'Lt' operators, exactly one value is required";
    default:
      return count === 1 ? undefined : "exact-match compatibility requires one single value";
  }
}

/** Several errors as Go's aggregate prints them. */
function aggregate(problems: readonly string[]): string {
  return problems.length === 1 ? (problems[0] ?? "") : `[${[...new Set(problems)].join(", ")}]`;
}
