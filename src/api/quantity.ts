/**
 * Resource quantities, exact: `value × 10^scale`, never a float. Values below a nano are rounded away from zero to
 * one (who asks for something gets something); binary quantities are capped at 2^63-1.
 */

export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

export interface Quantity {
  readonly value: bigint;
  /** Power of ten that `value` is counted in; at least -9. */
  readonly scale: number;
  /** The suffix family it was written in, kept when it is written again. */
  readonly format: QuantityFormat;
  /** As it was written, where that form is kept. */
  readonly text?: string;
}

/** A quantity, or its text. */
export type QuantityLike = Quantity | string;

/** The text is no quantity; `message` is what Kubernetes says. */
export class QuantityError extends Error {
  override readonly name = "QuantityError";
}

const FORM = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const FORM_SHOWN = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$";
const NANO = -9;
const MAX_BINARY = 2n ** 63n - 1n;
const LIMITS = {
  /** Longer texts are refused: no real quantity needs them and big integers cost time. */
  textCharsMax: 1024,
  /** Powers of ten beyond this are refused for the same reason. */
  exponentMax: 1000,
  /** Parsed texts remembered; they repeat endlessly (`100m`, `128Mi`). */
  rememberedMax: 4096,
} as const;

const DECIMAL_SUFFIXES: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY_SUFFIXES: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const DECIMAL_BY_EXPONENT = new Map(Object.entries(DECIMAL_SUFFIXES).map(([suffix, exponent]) => [exponent, suffix]));
const BINARY_NAMES = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const;

const remembered = new Map<string, Quantity>();

/** Reads a quantity. Throws QuantityError. */
export function parseQuantity(text: string): Quantity {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const quantity = read(text);
  if (remembered.size >= LIMITS.rememberedMax) remembered.clear();
  remembered.set(text, quantity);
  return quantity;
}

function read(text: string): Quantity {
  const parts = text === "" || text.length > LIMITS.textCharsMax ? null : FORM.exec(text);
  if (parts === null) throw new QuantityError(`quantities must match the regular expression '${FORM_SHOWN}'`);
  const [, sign = "", whole = "", fraction = "", suffix = ""] = parts;
  const { base, exponent, format } = readSuffix(suffix);
  // Without a digit the text stands for zero; only with the largest suffixes does Kubernetes refuse it.
  if (whole + fraction === "" && base === 2 && exponent >= 50)
    throw new QuantityError("unable to parse numeric part of quantity");
  const integer = whole.replace(/^0+/, "") || "0";
  const digits = BigInt(integer + fraction);
  const magnitude = base === 2 ? digits << BigInt(exponent) : digits;
  const scale = (base === 10 ? exponent : 0) - fraction.length;
  const exact = roundUp({ value: sign === "-" ? -magnitude : magnitude, scale, format }, NANO);
  if (isKeptAsWritten(integer, fraction, exponent, format, scale)) return { ...exact, text };
  return format === "BinarySI" ? boundBinary(exact) : exact;
}

function readSuffix(suffix: string): { base: 2 | 10; exponent: number; format: QuantityFormat } {
  const decimal = Object.hasOwn(DECIMAL_SUFFIXES, suffix) ? DECIMAL_SUFFIXES[suffix] : undefined;
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: "DecimalSI" };
  const binary = Object.hasOwn(BINARY_SUFFIXES, suffix) ? BINARY_SUFFIXES[suffix] : undefined;
  if (binary !== undefined) return { base: 2, exponent: binary, format: "BinarySI" };
  if (!/^[eE][+-]?[0-9]+$/.test(suffix)) throw new QuantityError("unable to parse quantity's suffix");
  const exponent = Number(suffix.slice(1));
  if (exponent > LIMITS.exponentMax) throw new QuantityError("unable to parse numeric part of quantity");
  return { base: 10, exponent: Math.max(exponent, -2 * LIMITS.exponentMax), format: "DecimalExponent" };
}

/** Kubernetes keeps some texts as they are although they are not canonical (`1.500`, `+1`): so do we. */
function isKeptAsWritten(
  integer: string,
  fraction: string,
  exponent: number,
  format: QuantityFormat,
  scale: number,
): boolean {
  const digits = integer + fraction;
  if (format === "BinarySI") {
    const precision = 15 - integer.length - Math.trunc((exponent * 3) / 10) - 1;
    return fraction === "" && precision >= 0 && (BigInt(digits) & 7n) !== 0n;
  }
  const isShort = digits.length <= 18 && scale >= NANO;
  return isShort && scale % 3 === 0 && !digits.endsWith("000") && !digits.startsWith("0");
}

function boundBinary(quantity: Quantity): Quantity {
  const one = 10n ** BigInt(-quantity.scale);
  const magnitude = abs(quantity.value);
  if (magnitude > 0n && magnitude < one) return { ...quantity, format: "DecimalSI" };
  if (magnitude <= MAX_BINARY * one) return quantity;
  return { value: quantity.value < 0n ? -MAX_BINARY : MAX_BINARY, scale: 0, format: "BinarySI" };
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** Rounds away from zero to a multiple of `10^scale`. */
export function roundUp(like: QuantityLike, scale: number): Quantity {
  const quantity = asQuantity(like);
  if (quantity.scale >= scale) return quantity;
  const divisor = 10n ** BigInt(scale - quantity.scale);
  const magnitude = (abs(quantity.value) + divisor - 1n) / divisor;
  return { value: quantity.value < 0n ? -magnitude : magnitude, scale, format: quantity.format };
}

function asQuantity(like: QuantityLike): Quantity {
  return typeof like === "string" ? parseQuantity(like) : like;
}

/** The text the API server writes: the largest suffix of its family that needs no fraction. */
export function formatQuantity(quantity: Quantity): string {
  if (quantity.text !== undefined) return quantity.text;
  if (quantity.value === 0n) return "0";
  if (quantity.format === "BinarySI") {
    const whole = wholeValue(quantity);
    if (whole !== undefined && abs(whole) >= 1024n) return formatBinary(whole);
  }
  return formatDecimal(quantity);
}

/** The value as an integer, undefined when it has a fraction. */
function wholeValue({ value, scale }: Quantity): bigint | undefined {
  if (scale >= 0) return value * 10n ** BigInt(scale);
  const divisor = 10n ** BigInt(-scale);
  return value % divisor === 0n ? value / divisor : undefined;
}

function formatBinary(whole: bigint): string {
  let value = whole;
  let power = 0;
  while (power < BINARY_NAMES.length - 1 && value % 1024n === 0n) {
    value /= 1024n;
    power++;
  }
  return `${value}${BINARY_NAMES[power]}`;
}

function formatDecimal(quantity: Quantity): string {
  let { value, scale } = quantity;
  while (value % 10n === 0n) {
    value /= 10n;
    scale++;
  }
  const exponentForm = quantity.format === "DecimalExponent";
  const scaleMax = exponentForm ? Infinity : 18;
  while (scale % 3 !== 0 || scale > scaleMax) {
    value *= 10n;
    scale--;
  }
  if (exponentForm) return scale === 0 ? `${value}` : `${value}e${scale}`;
  return `${value}${DECIMAL_BY_EXPONENT.get(scale) ?? ""}`;
}

/** `0.5` → `500m`, `1024Mi` → `1Gi`. Throws QuantityError. */
export function canonicalQuantity(text: string): string {
  return formatQuantity(parseQuantity(text));
}

/** Below zero, zero or above zero as `a` is less than, equal to or greater than `b`. */
export function compareQuantities(a: QuantityLike, b: QuantityLike): number {
  const [left, right] = aligned(asQuantity(a), asQuantity(b));
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Two amounts as counts of the smaller one's unit, and that unit as a power of ten. */
export function aligned(a: Quantity, b: Quantity): [bigint, bigint, number] {
  const scale = Math.min(a.scale, b.scale);
  if (a.scale === b.scale) return [a.value, b.value, scale];
  return [a.value * 10n ** BigInt(a.scale - scale), b.value * 10n ** BigInt(b.scale - scale), scale];
}

/** The sum, in the family of `a` unless that is zero. */
export function addQuantities(a: QuantityLike, b: QuantityLike): Quantity {
  const [first, second] = [asQuantity(a), asQuantity(b)];
  const [left, right, scale] = aligned(first, second);
  return { value: left + right, scale, format: first.value === 0n ? second.format : first.format };
}

/** `a - b`, in the family of `a` unless that is zero. */
export function subtractQuantities(a: QuantityLike, b: QuantityLike): Quantity {
  const taken = asQuantity(b);
  return addQuantities(a, { value: -taken.value, scale: taken.scale, format: taken.format });
}

/** In thousandths, rounded up: `250m` → 250. Beyond 2^53 it is no longer exact. */
export function quantityToMilli(like: QuantityLike): number {
  const { value, scale } = roundUp(like, -3);
  return Number(value * 10n ** BigInt(scale + 3));
}

/** In whole units, rounded up: `1Ki` → 1024, `1500m` → 2. Beyond 2^53 it is no longer exact. */
export function quantityToNumber(like: QuantityLike): number {
  const { value, scale } = roundUp(like, 0);
  return Number(value * 10n ** BigInt(scale));
}

/** -1, 0 or 1. */
export function quantitySign(like: QuantityLike): -1 | 0 | 1 {
  const { value } = asQuantity(like);
  return value < 0n ? -1 : value > 0n ? 1 : 0;
}

/** A quantity of so many whole units. */
export function quantityOf(value: number | bigint, format: QuantityFormat = "DecimalSI"): Quantity {
  return { value: BigInt(value), scale: 0, format };
}
