/** A count, or a percentage of one: `3` or `"25%"`. */
export type IntOrString = number | string;

/** The text is no percentage; `message` is what Kubernetes says. */
class IntOrStringError extends Error {
  override readonly name = "IntOrStringError";
}

/**
 * The count that `value` stands for: itself, or that percentage of `total`, rounded up or down.
 * Throws IntOrStringError.
 */
export function resolvePercent(value: IntOrString, total: number, roundUp: boolean): number {
  if (typeof value === "number") return value;
  const percent = percentOf(value);
  const exact = (percent * total) / 100;
  return roundUp ? Math.ceil(exact) : Math.floor(exact);
}

function percentOf(text: string): number {
  if (!text.endsWith("%")) {
    throw new IntOrStringError("invalid value for IntOrString: invalid type: string is not a percentage");
  }
  const digits = text.slice(0, -1);
  if (!/^[+-]?[0-9]+$/.test(digits)) {
    const reason = `strconv.Atoi: parsing ${JSON.stringify(digits)}: invalid syntax`;
    throw new IntOrStringError(`invalid value for IntOrString: invalid value ${JSON.stringify(text)}: ${reason}`);
  }
  const percent = Number(digits);
  if (Number.isSafeInteger(percent)) return percent;
  const reason = `strconv.Atoi: parsing ${JSON.stringify(digits)}: value out of range`;
  throw new IntOrStringError(`invalid value for IntOrString: invalid value ${JSON.stringify(text)}: ${reason}`);
}
