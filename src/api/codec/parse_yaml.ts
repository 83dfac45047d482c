import {
  FAILSAFE_SCHEMA,
  NOT_RESOLVED,
  Schema,
  YAMLException,
  boolYaml11Tag,
  defineScalarTag,
  floatYaml11Tag,
  intYaml11Tag,
  loadAll,
  mergeTag,
  nullYaml11Tag,
} from "js-yaml";
import type { Json } from "../schema/field.ts";
import { DEPTH_MAX, SyntaxProblem, TOO_MANY_VALUES, VALUES_MAX, nodeOf, type Document } from "./document.ts";
import { parseJson } from "./parse_json.ts";

const LIMITS = {
  aliasesMax: 1_000,
  /** Values after aliases are expanded: a few lines of nested aliases would otherwise stand for billions. */
  valuesMax: 1_000_000,
} as const;

const NEWLINE = 0x0a;
const COMMA = 0x2c;

const INTEGER = /^[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|0|[1-9][0-9_]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** As Go reads integers: no base-60 ones, so `12:30` is text. */
const intTag = defineScalarTag("tag:yaml.org,2002:int", {
  implicit: true,
  implicitFirstChars: intYaml11Tag.implicitFirstChars,
  resolve: (source) => {
    if (!INTEGER.test(source)) return NOT_RESOLVED;
    const digits = source.replaceAll("_", "").replace(/^[-+]/, "");
    const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
    return source.startsWith("-") ? -Number(octal) : Number(octal);
  },
  identify: intYaml11Tag.identify,
});

/** As Go reads floats: `1e3` is one, infinities and NaN are text, as JSON has none. */
const floatTag = defineScalarTag("tag:yaml.org,2002:float", {
  implicit: true,
  implicitFirstChars: floatYaml11Tag.implicitFirstChars,
  resolve: (source) => (FLOAT.test(source) ? Number(source.replaceAll("_", "")) : NOT_RESOLVED),
  identify: floatYaml11Tag.identify,
});

/** YAML 1.1 as Kubernetes reads it: `yes` and `on` are booleans, dates are text. */
const SCHEMA = new Schema([...FAILSAFE_SCHEMA.tags, nullYaml11Tag, boolYaml11Tag, intTag, floatTag, mergeTag]);

/**
 * Parses the first document of a YAML text; JSON is YAML too.
 *
 * @throws {SyntaxProblem} If it is not YAML, or nests or refers to itself beyond the limits.
 */
export function parseYaml(text: string): Document {
  return asJson(text) ?? parseYamlDocuments(text)[0] ?? documentOf(null, []);
}

/** The text read as JSON, ten times as fast, when it is that: most clients apply JSON and call it YAML. */
function asJson(text: string): Document | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const document = parseJson(text);
    return document.duplicates ? undefined : document;
  } catch (error) {
    if (error instanceof SyntaxProblem) return undefined;
    throw error;
  }
}

/** Parses all documents of a YAML text; empty ones are left out. Throws SyntaxProblem. */
export function parseYamlDocuments(text: string): Document[] {
  checkLength(text);
  try {
    return documents(text, false, []);
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const line = (error.mark?.line ?? 0) + 1;
    if (error.reason !== "duplicated mapping key") throw yamlProblem(`line ${line}: ${error.reason}`);
    const key = (error.mark?.buffer ?? text).slice(error.mark?.position ?? 0).match(/[^\s:]+/)?.[0] ?? "";
    const name = key.replaceAll(/^["']|["']$/g, "");
    return documentsWithDuplicates(text, line, name);
  }
}

/** Last one wins, as for JSON, and the complaint is kept for strict decoding. */
function documentsWithDuplicates(text: string, line: number, name: string): Document[] {
  const complaint = `yaml: unmarshal errors:\n  line ${line}: key ${JSON.stringify(name)} already set in map`;
  try {
    return documents(text, true, [complaint]);
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw yamlProblem(`line ${(error.mark?.line ?? 0) + 1}: ${error.reason}`);
  }
}

/** Values that the text may hold, from above: each stands on a line of its own or is set off by a comma. */
function checkLength(text: string): void {
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === NEWLINE || code === COMMA) values++;
  }
  if (values > VALUES_MAX) throw yamlProblem(TOO_MANY_VALUES);
}

function documents(text: string, json: boolean, problems: readonly string[]): Document[] {
  const options = { schema: SCHEMA, json, maxDepth: DEPTH_MAX, maxAliases: LIMITS.aliasesMax };
  const values = loadAll(text, options) as Json[];
  for (const value of values) checkSize(value, { left: LIMITS.valuesMax }, 1);
  return values.filter((value) => value !== null && value !== undefined).map((value) => documentOf(value, problems));
}

function documentOf(value: Json, problems: readonly string[]): Document {
  return { value, duplicates: false, problems, node: () => nodeOf(value) };
}

function checkSize(value: Json, budget: { left: number }, depth: number): void {
  if (depth > DEPTH_MAX || --budget.left < 0) throw yamlProblem("document contains excessive aliasing");
  if (typeof value !== "object" || value === null) return;
  for (const each of Object.values(value)) checkSize(each, budget, depth + 1);
}

function yamlProblem(complaint: string): SyntaxProblem {
  return new SyntaxProblem(`error converting YAML to JSON: yaml: ${complaint}`, "yaml");
}
