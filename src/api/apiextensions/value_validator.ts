import { RE2JS } from "re2js";
import { equalJson, isJsonObject, own, type Json, type JsonObject } from "../json.ts";
import { additionalOf, itemsOf, type JsonSchema } from "./json_schema.ts";
import { Findings } from "./value_findings.ts";
import { formatCheck } from "./value_formats.ts";

/**
 * Looks at a value. What equals `old`, the value it replaces, is not held against a schema that has become stricter
 * (ratcheting); undefined when there is none.
 */
export type ValueCheck = (value: Json, path: string, old: Json | undefined, findings: Findings) => void;

const checks = new WeakMap<JsonSchema, ValueCheck>();

/** The check of a schema, compiled on first use and kept as long as the schema lives. Order and words: kube-openapi. */
export function checkOf(schema: JsonSchema): ValueCheck {
  let check = checks.get(schema);
  if (check === undefined) checks.set(schema, (check = compile(schema)));
  return check;
}

function compile(schema: JsonSchema): ValueCheck {
  const steps = [
    typeCheck(schema),
    alternativesCheck(schema),
    stringCheck(schema),
    numberCheck(schema),
    listCheck(schema),
    enumCheck(schema),
    objectCheck(schema),
  ].filter((step) => step !== undefined);
  return (value, path, old, findings) => {
    if (old !== undefined && equalJson(value, old)) return;
    for (const step of steps) step(value, path, old, findings);
  };
}

function typesOf(schema: JsonSchema): readonly string[] {
  if (schema["x-kubernetes-int-or-string"]) return ["integer", "string"];
  return schema.type ? [schema.type] : [];
}

function typeName(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function typeCheck(schema: JsonSchema): ValueCheck | undefined {
  const types = typesOf(schema);
  if (types.length === 0) return undefined;
  const wanted = types.join(",");
  return (value, path, _old, findings) => {
    const found = typeName(value);
    if (types.includes(found) || (found === "integer" && types.includes("number"))) return;
    if (value === null && schema.nullable) return;
    findings.wrongType(path, wanted, found);
  };
}

function alternativesCheck({ anyOf, oneOf, allOf, not }: JsonSchema): ValueCheck | undefined {
  if (!anyOf?.length && !oneOf?.length && !allOf?.length && !not) return undefined;
  return (value, path, old, findings) => {
    if (value === null) return;
    const tried = (schema: JsonSchema): Findings => {
      const apart = findings.apart();
      checkOf(schema)(value, path, old, apart);
      return apart;
    };
    if (anyOf?.length) checkAnyOf(anyOf.map(tried), path, findings);
    if (oneOf?.length) checkOneOf(oneOf.map(tried), path, findings);
    if (allOf?.length) checkAllOf(allOf.map(tried), path, findings);
    if (not && tried(not).errors.length === 0) findings.composite(path, "must not validate the schema (not)");
  };
}

function isWell({ errors }: Findings): boolean {
  return errors.length === 0;
}

/** The alternative that came closest says what is missing. */
function closest(tried: readonly Findings[]): Findings | undefined {
  return tried.toSorted((a, b) => a.errors.length - b.errors.length)[0];
}

function checkAnyOf(tried: readonly Findings[], path: string, findings: Findings): void {
  if (tried.some(isWell)) return;
  findings.composite(path, "must validate at least one schema (anyOf)");
  const best = closest(tried);
  if (best) findings.take(best);
}

function checkOneOf(tried: readonly Findings[], path: string, findings: Findings): void {
  const valid = tried.filter(isWell).length;
  if (valid === 1) return;
  const found = valid === 0 ? "Found none valid" : `Found ${valid} valid alternatives`;
  findings.composite(path, `must validate one and only one schema (oneOf). ${found}`);
  const best = valid === 0 ? closest(tried) : undefined;
  if (best) findings.take(best);
}

function checkAllOf(tried: readonly Findings[], path: string, findings: Findings): void {
  for (const each of tried) findings.take(each);
  const valid = tried.filter(isWell).length;
  if (valid === tried.length) return;
  findings.composite(path, `must validate all the schemas (allOf)${valid === 0 ? ". None validated" : ""}`);
}

function stringCheck({ maxLength, minLength, pattern, format, type = "" }: JsonSchema): ValueCheck | undefined {
  const hasForm = format && (type === "" || type === "string") ? formatCheck(format) : undefined;
  if (maxLength === undefined && minLength === undefined && !pattern && !hasForm) return undefined;
  let regexp: RE2JS | undefined;
  return (value, path, _old, findings) => {
    if (typeof value !== "string") return;
    const length = maxLength === undefined && minLength === undefined ? 0 : [...value].length;
    if (maxLength !== undefined && length > maxLength) findings.tooLong(path, maxLength);
    else if (minLength !== undefined && length < minLength) {
      findings.invalid(path, value, `should be at least ${minLength} chars long`);
    } else if (pattern) {
      regexp ??= RE2JS.compile(pattern);
      if (!regexp.test(value)) findings.invalid(path, value, `should match '${pattern}'`);
    }
    if (hasForm && !hasForm(value)) findings.wrongType(path, format ?? "", value);
  };
}

const INT32_MAX = 2 ** 31 - 1;

function numberCheck(schema: JsonSchema): ValueCheck | undefined {
  const { multipleOf, maximum, minimum, exclusiveMaximum, exclusiveMinimum, format, type } = schema;
  const isInt32 = type === "integer" && format === "int32";
  if (multipleOf === undefined && maximum === undefined && minimum === undefined && !isInt32) return undefined;
  return (value, path, _old, findings) => {
    if (typeof value !== "number") return;
    if (isInt32 && (value > INT32_MAX || value < -INT32_MAX - 1)) {
      findings.invalid(path, value, "must be of type integer with format int32");
    }
    if (multipleOf !== undefined && !isMultiple(value, multipleOf)) {
      findings.invalid(path, value, `should be a multiple of ${multipleOf}`);
    }
    if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
      findings.invalid(path, value, `should be less than ${exclusiveMaximum ? "" : "or equal to "}${maximum}`);
    }
    if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
      findings.invalid(path, value, `should be greater than ${exclusiveMinimum ? "" : "or equal to "}${minimum}`);
    }
  };
}

function isMultiple(value: number, factor: number): boolean {
  return factor > 0 && Number.isInteger(value / factor);
}

function listCheck(schema: JsonSchema): ValueCheck | undefined {
  const { maxItems, minItems } = schema;
  const items = itemsOf(schema);
  if (maxItems === undefined && minItems === undefined && items === undefined) return undefined;
  const keys = schema["x-kubernetes-list-type"] === "map" ? (schema["x-kubernetes-list-map-keys"] ?? []) : undefined;
  return (value, path, old, findings) => {
    if (!Array.isArray(value)) return;
    if (items !== undefined) {
      const check = checkOf(items);
      const correlated = keys && Array.isArray(old) ? old : [];
      for (const [i, item] of value.entries()) {
        check(item, `${path}[${i}]`, keys && sameItem(correlated, item, keys), findings);
      }
    }
    if (minItems !== undefined && value.length < minItems) {
      findings.invalid(path, value.length, `should have at least ${minItems} items`);
    }
    if (maxItems !== undefined && value.length > maxItems) findings.tooMany(path, value.length, maxItems);
  };
}

/** The item with the same keys in the list before. */
function sameItem(items: readonly Json[], item: Json, keys: readonly string[]): Json | undefined {
  if (!isJsonObject(item)) return undefined;
  return items.find((each) => isJsonObject(each) && keys.every((key) => equalJson(own(each, key), own(item, key))));
}

function enumCheck({ enum: values }: JsonSchema): ValueCheck | undefined {
  if (!values?.length) return undefined;
  return (value, path, _old, findings) => {
    if (!values.some((each) => equalJson(each, value))) findings.notOneOf(path, value ?? "null", values);
  };
}

function objectCheck(schema: JsonSchema): ValueCheck | undefined {
  const { minProperties, maxProperties, required = [], properties = {} } = schema;
  const additional = additionalOf(schema);
  const named = Object.entries(properties);
  const isPlain = minProperties === undefined && maxProperties === undefined && additional === undefined;
  if (isPlain && named.length === 0 && required.length === 0) return undefined;
  return (value, path, old, findings) => {
    if (!isJsonObject(value)) return;
    const before = isJsonObject(old) ? old : {};
    if (minProperties !== undefined || maxProperties !== undefined) checkSize(schema, value, path, findings);
    if (additional !== undefined) {
      for (const [key, each] of Object.entries(value)) {
        if (!Object.hasOwn(properties, key)) checkOf(additional)(each, `${path}.${key}`, own(before, key), findings);
      }
    }
    for (const [name, inner] of named) {
      const member = own(value, name);
      if (member === undefined) continue;
      checkOf(inner)(member, path === "" ? name : `${path}.${name}`, own(before, name), findings);
    }
    for (const name of required) if (!Object.hasOwn(value, name)) findings.required(`${path}.${name}`);
  };
}

function checkSize({ minProperties, maxProperties }: JsonSchema, value: JsonObject, path: string, to: Findings): void {
  const count = Object.keys(value).length;
  if (minProperties !== undefined && count < minProperties) {
    to.invalid(path, count, `should have at least ${minProperties} properties`);
  }
  if (maxProperties !== undefined && count > maxProperties) to.tooMany(path, count, maxProperties);
}
