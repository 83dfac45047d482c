import type { ScalarFormat } from "../schema/schema.ts";
import { DurationError, formatDuration, parseDuration } from "../duration.ts";
import { QuantityError, canonicalQuantity, formatQuantity, parseQuantity, roundUp } from "../quantity.ts";
import { TimeError, canonicalMicroTime, canonicalTime } from "../time.ts";
import { Mismatch, foundName } from "./mismatch.ts";

/** The text is not base64; `message` is Go's complaint. */
class Base64Error extends Error {
  override readonly name = "Base64Error";
}

/** Whether `error` says that a text is not of its format; its message is what Kubernetes says. */
export function isFormatError(error: unknown): error is Error {
  return [Base64Error, QuantityError, TimeError, DurationError].some((type) => error instanceof type);
}

type DecodeScalar = (value: unknown) => unknown;

const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);

function text(value: unknown): string {
  if (typeof value !== "string") throw new Mismatch(foundName(value), "string");
  return value;
}

function boolean(value: unknown): unknown {
  if (typeof value !== "boolean") throw new Mismatch(foundName(value), "bool");
  return value;
}

function integer(type: "int32" | "int64", min: number, max: number): DecodeScalar {
  return (value) => {
    if (typeof value !== "number") throw new Mismatch(foundName(value), type);
    if (!Number.isInteger(value) || value < min || value > max) throw new Mismatch(`number ${value}`, type);
    return Object.is(value, -0) ? 0 : value;
  };
}

function float(value: unknown): unknown {
  if (typeof value !== "number") throw new Mismatch(foundName(value), "float64");
  if (!Number.isFinite(value)) throw new Mismatch(`number ${value}`, "float64");
  return value;
}

const int32 = integer("int32", INT32_MIN, INT32_MAX);

function intOrString(value: unknown): unknown {
  return typeof value === "string" ? value : int32(value);
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Base64 text; line breaks inside are dropped as Go does. */
function bytes(value: unknown): unknown {
  const given = text(value);
  const packed = /[\r\n]/.test(given) ? given.replaceAll(/[\r\n]/g, "") : given;
  if (!BASE64.test(packed)) throw new Base64Error(`illegal base64 data at input byte ${firstIllegal(packed)}`);
  return packed;
}

function firstIllegal(packed: string): number {
  const index = packed.search(/[^A-Za-z0-9+/]/);
  if (index === -1) return packed.length - (packed.length % 4);
  return index;
}

function quantity(value: unknown): unknown {
  return canonicalQuantity(quantityText(value));
}

/** Numbers are accepted; any other value fails as its JSON text would. */
function quantityText(value: unknown): string {
  return typeof value === "string" ? value.trim() : JSON.stringify(value);
}

/** A quantity in a list of resources, which is kept in thousandths at the finest, rounded up. */
export function resourceQuantity(value: unknown): unknown {
  const parsed = parseQuantity(quantityText(value));
  return formatQuantity(parsed.scale < -3 ? roundUp(parsed, -3) : parsed);
}

function duration(value: unknown): unknown {
  return formatDuration(parseDuration(text(value)));
}

function same(value: unknown): unknown {
  return value;
}

/** What accepts and canonicalises a value of each format. */
export const SCALARS: Readonly<Record<ScalarFormat, DecodeScalar>> = {
  string: text,
  boolean,
  int32,
  int64: integer("int64", -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  float64: float,
  bytes,
  time: (value) => canonicalTime(text(value)),
  microTime: (value) => canonicalMicroTime(text(value)),
  duration,
  quantity,
  intOrString,
  any: same,
  rawExtension: same,
  fieldsV1: same,
};

/** The zero value written for an absent field that is always there; undefined where Go would write null. */
export function zeroOf(format: ScalarFormat): unknown {
  switch (format) {
    case "string":
    case "bytes":
      return "";
    case "boolean":
      return false;
    case "int32":
    case "int64":
    case "float64":
    case "intOrString":
      return 0;
    case "quantity":
      return "0";
    case "duration":
      return "0s";
    default:
      return undefined;
  }
}

/**
 * Whether a present value of this format counts as unset where zero is left out. Times, quantities and
 * int-or-strings are structs in Go, whose zero is written.
 */
export function isZero(format: ScalarFormat, value: unknown): boolean {
  switch (format) {
    case "string":
    case "bytes":
      return value === "";
    case "boolean":
      return value === false;
    case "int32":
    case "int64":
    case "float64":
      return value === 0;
    default:
      return false;
  }
}
