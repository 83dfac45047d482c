import { RE2JS } from "re2js";
import { additionalOf, itemsOf, type JsonSchema } from "../apiextensions/json_schema.ts";
import { equalJson } from "../json.ts";
import type { FieldError } from "../schema/errors.ts";
import { reportOf, type Report } from "./report.ts";

type Level = "root" | "item" | "field";

const PRESERVE = "x-kubernetes-preserve-unknown-fields";
const EMBEDDED = "x-kubernetes-embedded-resource";
const INT_OR_STRING = "x-kubernetes-int-or-string";
const INT_OR_STRING_TYPES = [{ type: "integer" }, { type: "string" }];

const EMPTY: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

/**
 * What keeps a schema from being structural: every field must be declared, with its type, outside of allOf, anyOf,
 * oneOf and not, which may only narrow it. Sorted by text, as Kubernetes sorts them.
 */
export function structuralErrors(path: string, schema: JsonSchema): FieldError[] {
  const errors = reportOf((report) => {
    checkInvariants(report, path, schema, "root");
    checkJunctorsComplete(report, { schema, path }, { schema, path });
  });
  return errors.toSorted((a, b) => (text(a) < text(b) ? -1 : 1));
}

function text({ field, message }: FieldError): string {
  return `${field}: ${message}`;
}

function checkInvariants(report: Report, path: string, schema: JsonSchema, level: Level): void {
  const { type = "", properties = {}, additionalProperties } = schema;
  const items = itemsOf(schema);
  if (type === "array" && schema.items === undefined) report.required(`${path}.items`, "must be specified");
  if (items) checkInvariants(report, `${path}.items`, items, "item");
  for (const [name, each] of Object.entries(properties)) {
    checkInvariants(report, `${path}.properties[${name}]`, each, "field");
  }
  if (additionalProperties !== undefined && level === "root") {
    report.forbidden(`${path}.additionalProperties`, "must not be used at the root");
  }
  const additional = additionalOf(schema);
  if (additional) checkInvariants(report, `${path}.additionalProperties`, additional, "field");
  checkExtensions(report, path, schema);
  checkValueRules(report, path, schema, { anyOf: isIntOrStringAnyOf(schema), firstAllOf: isIntOrStringAllOf(schema) });
  checkType(report, path, schema, level);
  checkTypeMeta(report, path, schema, level);
}

function checkExtensions(report: Report, path: string, schema: JsonSchema): void {
  if (!schema[INT_OR_STRING]) return;
  const rule = "must be false if x-kubernetes-int-or-string is true";
  if (schema[PRESERVE]) report.invalid(`${path}.${PRESERVE}`, true, rule);
  if (schema[EMBEDDED]) report.invalid(`${path}.${EMBEDDED}`, true, rule);
}

function checkType(report: Report, path: string, schema: JsonSchema, level: Level): void {
  const { type = "" } = schema;
  if (schema[EMBEDDED] && type !== "object") {
    const rule = "must be object if x-kubernetes-embedded-resource is true";
    if (type === "") report.required(`${path}.type`, rule);
    else report.invalid(`${path}.type`, type, rule);
  } else if (type === "" && !schema[INT_OR_STRING] && !schema[PRESERVE]) {
    report.required(`${path}.type`, EMPTY[level]);
  }
  if (level === "root" && type !== "" && type !== "object") {
    report.invalid(`${path}.type`, type, "must be object at the root");
  }
}

/** What every object has is given: a schema may say little of it. */
function checkTypeMeta(report: Report, path: string, schema: JsonSchema, level: Level): void {
  const { properties = {} } = schema;
  const embedded = schema[EMBEDDED] === true;
  if (embedded && schema.additionalProperties !== undefined) {
    const rule = "must not be used if x-kubernetes-embedded-resource is set";
    report.forbidden(`${path}.additionalProperties`, rule);
  }
  if (level === "root" || embedded) {
    for (const name of ["kind", "apiVersion"] as const) {
      const type = Object.hasOwn(properties, name) ? properties[name]?.type : "string";
      if (type !== "string") report.invalid(`${path}.properties[${name}].type`, type ?? "", "must be string");
    }
    const metadata = Object.hasOwn(properties, "metadata") ? properties["metadata"] : undefined;
    if (metadata) checkMetadata(report, `${path}.properties[metadata]`, metadata, level);
  }
  if (embedded && !schema[PRESERVE] && Object.keys(properties).length === 0) {
    const rule = `must not be empty if ${EMBEDDED} is true without ${PRESERVE}`;
    report.required(`${path}.properties`, rule);
  }
}

function checkMetadata(report: Report, path: string, metadata: JsonSchema, level: Level): void {
  if (metadata.type !== "object") report.invalid(`${path}.type`, metadata.type ?? "", "must be object");
  if (level !== "root") return;
  const { type: _, default: _default, properties = {}, ...others } = metadata;
  const onlyNames = Object.keys(properties).every((name) => name === "name" || name === "generateName");
  if (onlyNames && Object.keys(others).length === 0) return;
  const rule = "must not specify anything other than name and generateName, but metadata is implicitly specified";
  report.forbidden(path, rule);
}

function isIntOrStringAnyOf({ anyOf }: JsonSchema): boolean {
  return equalJson(anyOf, INT_OR_STRING_TYPES);
}

function isIntOrStringAllOf({ allOf }: JsonSchema): boolean {
  return equalJson(allOf?.[0]?.anyOf, INT_OR_STRING_TYPES);
}

/** The two ways to say "a number or a text" that may speak of types where nothing else may. */
interface Exceptions {
  readonly anyOf: boolean;
  readonly firstAllOf: boolean;
}

const NO_EXCEPTIONS: Exceptions = { anyOf: false, firstAllOf: false };

function checkValueRules(report: Report, path: string, schema: JsonSchema, except: Exceptions): void {
  const { anyOf = [], allOf = [], oneOf = [], not, pattern } = schema;
  for (const [i, each] of anyOf.entries()) {
    if (!except.anyOf) checkNested(report, `${path}.anyOf[${i}]`, each, NO_EXCEPTIONS);
  }
  for (const [i, each] of allOf.entries()) {
    checkNested(report, `${path}.allOf[${i}]`, each, { anyOf: except.firstAllOf && i === 0, firstAllOf: false });
  }
  for (const [i, each] of oneOf.entries()) checkNested(report, `${path}.oneOf[${i}]`, each, NO_EXCEPTIONS);
  if (not) checkNested(report, `${path}.not`, not, NO_EXCEPTIONS);
  if (pattern) checkPattern(report, `${path}.pattern`, pattern);
}

function checkPattern(report: Report, path: string, pattern: string): void {
  try {
    RE2JS.compile(pattern);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    report.invalid(path, pattern, `must be a valid regular expression, but isn't: ${why}`);
  }
}

/** What a schema inside allOf, anyOf, oneOf or not may not say, and how Kubernetes wants it. */
const FORBIDDEN_INSIDE = [
  ["type", "must be empty to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  [PRESERVE, "must be false to be structural"],
  [EMBEDDED, "must be false to be structural"],
  [INT_OR_STRING, "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
] as const;

function checkNested(report: Report, path: string, schema: JsonSchema, except: Exceptions): void {
  checkValueRules(report, path, schema, except);
  const items = itemsOf(schema);
  if (items) checkNested(report, `${path}.items`, items, NO_EXCEPTIONS);
  const { properties = {} } = schema;
  for (const [name, each] of Object.entries(properties)) {
    checkNested(report, `${path}.properties[${name}]`, each, NO_EXCEPTIONS);
  }
  for (const [word, rule] of FORBIDDEN_INSIDE)
    if (schema[word] !== undefined) report.forbidden(`${path}.${word}`, rule);
  if (Object.hasOwn(properties, "metadata")) {
    report.forbidden(`${path}.properties[metadata]`, "must not be specified in a nested context");
  }
}

/** A schema and where it stands. */
interface Placed {
  readonly schema: JsonSchema;
  readonly path: string;
}

/** Everything that is narrowed must be declared: walks the narrowing schemas beside the structural one. */
function checkJunctorsComplete(report: Report, structural: Placed, narrowing: Placed): void {
  const { not, allOf = [], anyOf = [], oneOf = [] } = narrowing.schema;
  const check = (schema: JsonSchema, below: string) =>
    checkComplete(report, structural, { schema, path: `${narrowing.path}.${below}` });
  if (not) check(not, "not");
  for (const [i, each] of allOf.entries()) check(each, `allOf[${i}]`);
  for (const [i, each] of anyOf.entries()) check(each, `anyOf[${i}]`);
  for (const [i, each] of oneOf.entries()) check(each, `oneOf[${i}]`);
}

function checkComplete(report: Report, structural: Placed, narrowing: Placed): void {
  checkJunctorsComplete(report, structural, narrowing);
  const descend = (below: string, declared: JsonSchema | undefined, schema: JsonSchema) => {
    const [path, place] = [`${structural.path}.${below}`, `${narrowing.path}.${below}`];
    if (declared) checkComplete(report, { schema: declared, path }, { schema, path: place });
    else report.required(path, `because it is defined in ${place}`);
  };
  const items = itemsOf(narrowing.schema);
  if (items) descend("items", itemsOf(structural.schema), items);
  const { properties = {} } = structural.schema;
  for (const [name, each] of Object.entries(narrowing.schema.properties ?? {})) {
    descend(`properties[${name}]`, Object.hasOwn(properties, name) ? properties[name] : undefined, each);
  }
}
