import {
  addQuantities,
  compareQuantities,
  parseQuantity,
  QuantityError,
  quantityOf,
  quantitySign,
  subtractQuantities,
  type Quantity,
} from "../quantity.ts";
import { instance, Library, P } from "./functions.ts";
import { BOOL, CelType, DOUBLE, INT } from "./types.ts";
import { CelError, Opaque, type Result } from "./value.ts";

export const QUANTITY = new CelType("opaque", "kubernetes.Quantity");

class QuantityValue extends Opaque {
  readonly quantity: Quantity;

  constructor(quantity: Quantity) {
    super();
    this.quantity = quantity;
  }

  get type(): CelType {
    return QUANTITY;
  }

  sameAs(other: Opaque): boolean {
    return other instanceof QuantityValue && compareQuantities(this.quantity, other.quantity) === 0;
  }
}

function quantityFrom(text: string): QuantityValue | CelError {
  try {
    return new QuantityValue(parseQuantity(text));
  } catch (error) {
    if (error instanceof QuantityError) return new CelError(error.message);
    throw error;
  }
}

/** The value when it is an integer of 64 bits. */
function integerOf({ value, scale }: Quantity): bigint | undefined {
  const unit = 10n ** BigInt(Math.abs(scale));
  if (scale < 0 && value % unit !== 0n) return undefined;
  const whole = scale < 0 ? value / unit : value * unit;
  return BigInt.asIntN(64, whole) === whole ? whole : undefined;
}

function asInteger(quantity: Quantity): Result {
  return integerOf(quantity) ?? new CelError("cannot convert value to integer");
}

const q = instance(QUANTITY, QuantityValue);

/** Kubernetes' functions on resource quantities. */
export const quantities = new Library()
  .fn("quantity", "string_to_quantity", [P.string], QUANTITY, ([text]) => quantityFrom(text))
  .fn("isQuantity", "is_quantity_string", [P.string], BOOL, ([text]) => !(quantityFrom(text) instanceof CelError))
  .fn("sign", "quantity_sign", [q], INT, ([{ quantity }]) => BigInt(quantitySign(quantity)))
  .method("isGreaterThan", "quantity_is_greater_than", [q, q], BOOL, ([a, b]) => order(a, b) > 0)
  .method("isLessThan", "quantity_is_less_than", [q, q], BOOL, ([a, b]) => order(a, b) < 0)
  .method("compareTo", "quantity_compare_to", [q, q], INT, ([a, b]) => BigInt(Math.sign(order(a, b))))
  .method("asApproximateFloat", "quantity_get_float", [q], DOUBLE, ([{ quantity }]) => approximate(quantity))
  .method("asInteger", "quantity_get_int", [q], INT, ([{ quantity }]) => asInteger(quantity))
  .method("isInteger", "quantity_is_integer", [q], BOOL, ([{ quantity }]) => integerOf(quantity) !== undefined)
  .method("add", "quantity_add", [q, q], QUANTITY, ([a, b]) => plus(a, b.quantity))
  .method("add", "quantity_add_int", [q, P.int], QUANTITY, ([a, b]) => plus(a, quantityOf(b)))
  .method("sub", "quantity_sub", [q, q], QUANTITY, ([a, b]) => minus(a, b.quantity))
  .method("sub", "quantity_sub_int", [q, P.int], QUANTITY, ([a, b]) => minus(a, quantityOf(b)));

function order(a: QuantityValue, b: QuantityValue): number {
  return compareQuantities(a.quantity, b.quantity);
}

function plus(a: QuantityValue, b: Quantity): QuantityValue {
  return new QuantityValue(addQuantities(a.quantity, b));
}

function minus(a: QuantityValue, b: Quantity): QuantityValue {
  return new QuantityValue(subtractQuantities(a.quantity, b));
}

function approximate({ value, scale }: Quantity): number {
  return Number(`${value}e${scale}`);
}
