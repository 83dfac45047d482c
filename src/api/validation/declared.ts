import type { FieldError } from "../schema/errors.ts";
import type { Field, ObjectSchema, Schema } from "../schema/schema.ts";
import { reportOf, type Report } from "./report.ts";

type Values = Readonly<Record<string, unknown>>;
type Check = (report: Report, path: string, values: Values) => void;

const compiled = new WeakMap<ObjectSchema, Check>();

/** What the declaration of a type alone says of a value: texts that must be given, closed sets, least and most. */
export function declaredErrors<T, D>(path: string, schema: ObjectSchema<T, D>, value: T): FieldError[] {
  return reportOf((report) => checkDeclared(report, path, schema, value));
}

export function checkDeclared<T, D>(report: Report, path: string, schema: ObjectSchema<T, D>, value: T): void {
  checkOf(schema)(report, path, value as Values);
}

function checkOf(schema: ObjectSchema): Check {
  let check = compiled.get(schema);
  if (check === undefined) compiled.set(schema, (check = objectCheck(schema)));
  return check;
}

function objectCheck(schema: ObjectSchema): Check {
  let checks: (readonly [name: string, check: (report: Report, path: string, value: unknown) => void])[] | undefined;
  return (report, path, values) => {
    checks ??= Object.entries(schema.fields).map(([name, field]) => [name, fieldCheck(field)]);
    for (const [name, check] of checks) check(report, `${path}.${name}`, values[name]);
  };
}

function fieldCheck(field: Field): (report: Report, path: string, value: unknown) => void {
  const { schema, minimum, maximum, required } = field;
  const allowed = field.enum?.toSorted();
  return (report, path, value) => {
    const isNothing = value === undefined || value === "";
    if (isNothing && required) report.required(path);
    if (isNothing) return;
    if (typeof value === "string" && allowed && !allowed.includes(value)) report.notSupported(path, value, allowed);
    if (typeof value === "number" && minimum !== undefined && value < minimum) {
      report.invalid(path, value, `must be greater than or equal to ${minimum}`);
    }
    if (typeof value === "number" && maximum !== undefined && value > maximum) {
      report.invalid(path, value, `must be less than or equal to ${maximum}`);
    }
    checkBelow(report, path, schema, value, allowed);
  };
}

function checkBelow(
  report: Report,
  path: string,
  schema: Schema,
  value: unknown,
  allowed?: readonly string[] | undefined,
): void {
  if (schema.shape === "object") checkOf(schema)(report, path, value as Values);
  else if (schema.shape === "list") {
    for (const [i, item] of (value as readonly unknown[]).entries()) {
      const isOdd = typeof item === "string" && allowed && !allowed.includes(item);
      if (isOdd) report.notSupported(`${path}[${i}]`, item, allowed);
      checkBelow(report, `${path}[${i}]`, schema.item, item);
    }
  } else if (schema.shape === "map") {
    for (const [key, item] of Object.entries(value as Values)) {
      checkBelow(report, `${path}[${key}]`, schema.value, item);
    }
  }
}
