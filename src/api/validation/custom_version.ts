import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
} from "../apiextensions/customresourcedefinition.ts";
import { additionalOf, type JsonSchema } from "../apiextensions/json_schema.ts";
import { plainPath } from "../apiextensions/json_path.ts";
import { ruleExpressionErrors } from "../cel/check_rules.ts";
import { checkCustomDefaults } from "./custom_defaults.ts";
import { checkOpenApiSchema } from "./openapi_schema.ts";
import type { Report } from "./report.ts";
import { reportOf } from "./report.ts";
import { structuralErrors } from "./structural_schema.ts";

const SELECTABLE_FIELDS_MAX = 8;
const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

/** Checks one version of a CustomResourceDefinition. */
export function checkCustomVersion(report: Report, path: string, version: CustomResourceDefinitionVersion): void {
  const { deprecated = false, deprecationWarning, subresources, additionalPrinterColumns = [] } = version;
  checkDeprecation(report, `${path}.deprecationWarning`, deprecated, deprecationWarning);
  const schema = version.schema?.openAPIV3Schema;
  if (schema) checkSchema(report, `${path}.schema.openAPIV3Schema`, schema, subresources?.status !== undefined);
  if (subresources?.scale) checkScale(report, `${path}.subresources.scale`, subresources.scale);
  for (const [i, column] of additionalPrinterColumns.entries()) {
    checkColumn(report, `${path}.additionalPrinterColumns[${i}]`, column);
  }
  if (version.selectableFields?.length) {
    checkSelectableFields(report, `${path}.selectableFields`, version.selectableFields, schema);
  }
}

function checkDeprecation(report: Report, path: string, deprecated: boolean, warning: string | undefined): void {
  if (warning === undefined) return;
  if (!deprecated) {
    report.invalid(path, warning, "can only be set for deprecated versions");
    return;
  }
  if (new TextEncoder().encode(warning).length > 256) report.invalid(path, warning, "must be <= 256 characters long");
  if (warning === "") report.invalid(path, warning, "must not be an empty string");
  const at = warning.search(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u);
  if (at < 0) return;
  const rule = `must only contain printable UTF-8 characters; non-printable character found at index ${at}`;
  report.invalid(path, warning, rule);
}

/** What a schema with a status of its own may have at its root, so that nothing said of the status is lost. */
const ROOT_WORDS = [
  "description",
  "type",
  "format",
  "title",
  "maximum",
  "exclusiveMaximum",
  "minimum",
  "exclusiveMinimum",
  "maxLength",
  "minLength",
  "pattern",
  "maxItems",
  "minItems",
  "uniqueItems",
  "multipleOf",
  "required",
  "items",
  "properties",
  "externalDocs",
  "example",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-validations",
];

function checkSchema(report: Report, path: string, schema: JsonSchema, hasStatus: boolean): void {
  const before = report.errors.length;
  if (hasStatus) checkRootWords(report, path, schema);
  if (schema.nullable) report.forbidden(`${path}.nullable`, "nullable cannot be true at the root");
  const problems = structuralErrors(path, schema);
  report.errors.push(...problems);
  if (problems.length === 0) {
    // A default can only be judged by a schema that makes sense.
    const openApi = reportOf((inner) => checkOpenApiSchema(inner, path, schema));
    const known = report.errors.length;
    if (openApi.length === 0) checkCustomDefaults(report, path, schema);
    report.errors.push(...openApi);
    // Rules are compiled against the schema: of one that is wrong they would be told nothing that helps.
    if (report.errors.length === known) report.errors.push(...ruleExpressionErrors(schema, path));
  } else checkOpenApiSchema(report, path, schema);
  report.errors.push(...report.errors.splice(before).filter(uniquely()));
}

function uniquely(): (error: { readonly field: string; readonly message: string }) => boolean {
  const seen = new Set<string>();
  return ({ field, message }) => !seen.has(`${field}: ${message}`) && Boolean(seen.add(`${field}: ${message}`));
}

function checkRootWords(report: Report, path: string, schema: JsonSchema): void {
  const suffix = "if the status subresource is enabled";
  if (schema.type !== "object") {
    const rule = `only "object" is allowed as the type at the root of the schema ${suffix}`;
    report.invalid(`${path}.type`, schema.type ?? "", rule);
    return;
  }
  if (Object.keys(schema).every((word) => ROOT_WORDS.includes(word))) return;
  const allowed = ROOT_WORDS.map(goName).join(" ");
  report.invalid(path, schema, `only [${allowed}] fields are allowed at the root of the schema ${suffix}`);
}

/** `x-kubernetes-validations` is `XValidations` in Go. */
function goName(word: string): string {
  const name = word.replace(/^x-kubernetes-/, "X-").replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return name.replaceAll("-", "").replace(/^./, (letter) => letter.toUpperCase());
}

type Scale = NonNullable<CustomResourceSubresources["scale"]>;

function checkScale(report: Report, path: string, scale: Scale): void {
  const check = (name: string, text: string, roots: readonly string[], where: string) => {
    if (!text.startsWith(".")) report.invalid(`${path}.${name}`, text, "must be a simple json path starting with .");
    else if (!roots.some((root) => text.startsWith(root))) {
      report.invalid(`${path}.${name}`, text, `should be a json path under ${where}`);
    }
  };
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  if (specReplicasPath === "") report.required(`${path}.specReplicasPath`);
  else check("specReplicasPath", specReplicasPath, [".spec."], ".spec");
  if (statusReplicasPath === "") report.required(`${path}.statusReplicasPath`);
  else check("statusReplicasPath", statusReplicasPath, [".status."], ".status");
  if (labelSelectorPath) {
    check("labelSelectorPath", labelSelectorPath, [".spec.", ".status."], "either .spec or .status");
  }
}

function checkColumn(report: Report, path: string, column: CustomResourceColumnDefinition): void {
  const { name, type, format = "", jsonPath } = column;
  if (name === "") report.required(`${path}.name`);
  const types = `must be one of ${COLUMN_TYPES.join(",")}`;
  if (type === "") report.required(`${path}.type`, types);
  else if (!COLUMN_TYPES.includes(type)) report.invalid(`${path}.type`, type, types);
  if (format !== "" && !COLUMN_FORMATS.includes(format)) {
    report.invalid(`${path}.format`, format, `must be one of ${COLUMN_FORMATS.join(",")}`);
  }
  if (jsonPath === "") report.required(`${path}.JSONPath`);
  else if (!jsonPath.startsWith(".")) {
    report.invalid(`${path}.JSONPath`, jsonPath, "must be a simple json path starting with .");
  }
}

function checkSelectableFields(
  report: Report,
  path: string,
  fields: readonly { readonly jsonPath: string }[],
  schema: JsonSchema | undefined,
): void {
  if (schema === undefined) {
    report.invalid(path, "", "may only be set when `version.schema.openAPIV3Schema` is not included");
    return;
  }
  const seen = new Set<string>();
  for (const [i, { jsonPath }] of fields.entries()) {
    const at = `${path}[${i}].jsonPath`;
    if (jsonPath === "") {
      report.required(at);
      continue;
    }
    const found = schemaAt(schema, jsonPath);
    if (typeof found === "string") {
      report.invalid(at, jsonPath, `is an invalid path: ${found}`);
      continue;
    }
    if (plainPath(jsonPath)[0] === "metadata") {
      report.invalid(at, jsonPath, "must not point to fields in metadata");
    }
    if (!["string", "boolean", "integer"].includes(found.type ?? "")) {
      const rule = "must point to a field of type string, boolean or integer.";
      report.invalid(at, jsonPath, `${rule} Enum string fields and strings with formats are allowed.`);
    }
    if (seen.has(jsonPath)) report.duplicate(at, jsonPath);
    seen.add(jsonPath);
  }
  if (seen.size > SELECTABLE_FIELDS_MAX) report.tooMany(path, seen.size, SELECTABLE_FIELDS_MAX);
}

/** The schema a plain path leads to, or why it leads nowhere. */
function schemaAt(root: JsonSchema, path: string): JsonSchema | string {
  if (path.includes("[")) return "array notation is not allowed";
  if (!path.startsWith(".")) return `expected [ or . but got: ${path.split(".")[0] ?? ""}`;
  let schema = root;
  for (const name of plainPath(path)) {
    if (name === "") return "unexpected end of JSON path";
    const next = memberSchema(schema, name);
    if (next === undefined) return "does not refer to a valid field";
    schema = next;
  }
  return schema;
}

function memberSchema(schema: JsonSchema, name: string): JsonSchema | undefined {
  const { properties } = schema;
  if (properties === undefined) return additionalOf(schema);
  return Object.hasOwn(properties, name) ? properties[name] : undefined;
}
