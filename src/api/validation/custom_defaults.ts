import { lenientSchema } from "../apiextensions/custom_schema.ts";
import { itemsOf, type JsonSchema } from "../apiextensions/json_schema.ts";
import { embeddedErrors } from "../apiextensions/list_invariants.ts";
import { Findings } from "../apiextensions/value_findings.ts";
import { checkOf } from "../apiextensions/value_validator.ts";
import { decoderOf } from "../codec/compile.ts";
import { equalJson } from "../json.ts";
import type { Report } from "./report.ts";

/** Checks that the defaults in a schema are values that the schema itself would let pass. */
export function checkCustomDefaults(report: Report, path: string, schema: JsonSchema): void {
  const { default: value } = schema;
  if (value !== undefined) {
    const at = `${path}.default`;
    const pruned = decoderOf(lenientSchema("", schema))(value, { unknown: false });
    if (value !== null && !equalJson(pruned, value)) report.invalid(at, value, "must not have unknown fields");
    const findings = new Findings(at);
    checkOf(schema)(value, "", undefined, findings);
    report.errors.push(...embeddedErrors(schema, value), ...findings.errors);
  }
  const items = itemsOf(schema);
  if (items) checkCustomDefaults(report, `${path}.items`, items);
  for (const [name, each] of Object.entries(schema.properties ?? {})) {
    checkCustomDefaults(report, `${path}.properties[${name}]`, each);
  }
}
