import { childrenOf, type Expr, type ListLiteral, type MapLiteral } from "./ast.ts";
import type { Checked } from "./checker.ts";
import { durationFrom } from "./lib_convert.ts";
import type { Problem } from "./problem.ts";
import { compilePattern } from "./regex.ts";
import { parseTimestamp, timestampOf } from "./time_values.ts";
import { DYN, isOptional, sameType, type CelType } from "./types.ts";
import { CelError, type Value } from "./value.ts";

/** Functions whose first argument is looked at when it is written out. */
const VALIDATORS: ReadonlyMap<string, (value: Value) => boolean> = new Map([
  ["duration", (value: Value) => typeof value !== "string" || !(durationFrom(value) instanceof CelError)],
  ["timestamp", (value: Value) => isTimestamp(value)],
  ["matches", (value: Value) => typeof value !== "string" || !(compilePattern(value) instanceof CelError)],
]);

function isTimestamp(value: Value): boolean {
  if (typeof value === "bigint") return !(timestampOf(value * 1_000_000_000n) instanceof CelError);
  return typeof value !== "string" || parseTimestamp(value) !== undefined;
}

/**
 * Reports durations, times and patterns that can be seen to be none, and lists and maps of mixed types: these are only
 * for `format`.
 */
export function validateLiterals(checked: Checked, problems: Problem[]): void {
  const visit = (expr: Expr, isMixed: boolean): void => {
    if (expr.kind === "call") validateCall(expr.name, expr.args[0], problems);
    if (expr.kind === "list" && !isMixed) validateList(expr, checked, problems);
    if (expr.kind === "map" && !isMixed) validateMap(expr, checked, problems);
    const isFormat = expr.kind === "call" && expr.name === "format";
    for (const child of childrenOf(expr)) visit(child, isMixed || isFormat);
  };
  visit(checked.expr, false);
}

function validateCall(name: string, first: Expr | undefined, problems: Problem[]): void {
  const isValid = VALIDATORS.get(name);
  if (isValid === undefined || first?.kind !== "literal") return;
  if (!isValid(first.value)) problems.push({ at: first.at, message: `invalid ${name} argument` });
}

/** The first element that is not like those before it. */
function validateList(list: ListLiteral, checked: Checked, problems: Problem[]): void {
  let wanted: CelType | undefined;
  for (const [i, element] of list.elements.entries()) {
    const type = typeOf(element, list.optional.has(i), checked);
    wanted ??= type;
    if (sameType(wanted, type)) continue;
    problems.push(mismatch(element, wanted, type));
    return;
  }
}

function validateMap(map: MapLiteral, checked: Checked, problems: Problem[]): void {
  let wanted: [key: CelType, value: CelType] | undefined;
  for (const { key, value, isOptional: isMarked } of map.entries) {
    const types: [key: CelType, value: CelType] = [typeOf(key, false, checked), typeOf(value, isMarked, checked)];
    wanted ??= types;
    if (!sameType(wanted[0], types[0])) problems.push(mismatch(key, wanted[0], types[0]));
    if (!sameType(wanted[1], types[1])) problems.push(mismatch(value, wanted[1], types[1]));
  }
}

function typeOf(expr: Expr, isMarked: boolean, checked: Checked): CelType {
  const type = checked.types.get(expr.id) ?? DYN;
  return isMarked && isOptional(type) ? type.param(0) : type;
}

function mismatch({ at }: Expr, wanted: CelType, found: CelType): Problem {
  return { at, message: `expected type '${wanted}' but found '${found}'` };
}
