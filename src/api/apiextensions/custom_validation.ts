import { validateRules } from "../cel/validate_rules.ts";
import type { Json, JsonObject } from "../json.ts";
import type { KubeObject } from "../object.ts";
import { invalidError, type FieldError, type FieldErrorType } from "../schema/errors.ts";
import type { Behaviour, KindNames } from "../schema/kind.ts";
import type { CustomResourceSubresources } from "./customresourcedefinition.ts";
import type { JsonSchema } from "./json_schema.ts";
import { valueAt } from "./json_path.ts";
import { embeddedErrors, repeatedItems } from "./list_invariants.ts";
import { Findings } from "./value_findings.ts";
import { checkOf } from "./value_validator.ts";

interface Validated extends KindNames {
  readonly scale?: CustomResourceSubresources["scale"];
}

type Validation = Required<Pick<Behaviour<KubeObject, KubeObject>, "validate" | "revalidate" | "validateStatusUpdate">>;

/** What is checked of a custom resource beside its metadata: its schema, its lists, and the rules in its schema. */
export function customValidation({ scale }: Validated, schemaOf: () => JsonSchema): Validation {
  const scaleErrors = (object: KubeObject, isStatus: boolean) => (scale ? checkScale(scale, object, isStatus) : []);
  const validate = (object: KubeObject, previous?: KubeObject): FieldError[] => {
    const schema = schemaOf();
    const errors = [
      ...schemaErrors(schema, jsonOf(object), previous && jsonOf(previous)),
      ...scaleErrors(object, false),
      ...embeddedErrors(schema, jsonOf(object)),
      ...listErrors(schema, object, previous),
    ];
    return withRules(errors, schema, jsonOf(object), previous && jsonOf(previous));
  };
  return {
    validate: (object) => validate(object),
    revalidate: validate,
    validateStatusUpdate(next, previous) {
      const schema = schemaOf();
      const [status, before] = [jsonOf(next)["status"], jsonOf(previous)["status"]];
      const statusSchema = schema.properties?.["status"];
      const errors =
        status === undefined || statusSchema === undefined ? [] : schemaErrors(statusSchema, status, before, "status");
      const all = [...errors, ...scaleErrors(next, true), ...listErrors(schema, next, previous)];
      return withRules(all, schema, jsonOf(next), jsonOf(previous));
    },
  };
}

function jsonOf(object: KubeObject): JsonObject {
  return object as unknown as JsonObject;
}

function schemaErrors(schema: JsonSchema, value: Json, old: Json | undefined, prefix = ""): FieldError[] {
  const findings = new Findings(prefix);
  checkOf(schema)(value, "", old, findings);
  return findings.errors;
}

/** A list that was wrong before may stay so. */
function listErrors(schema: JsonSchema, next: KubeObject, previous: KubeObject | undefined): FieldError[] {
  const errors = repeatedItems(schema, jsonOf(next));
  return errors.length > 0 && previous && repeatedItems(schema, jsonOf(previous)).length > 0 ? [] : errors;
}

/** Refusals after which rules would look at values that are not what they expect. */
const BLOCKING: ReadonlySet<FieldErrorType> = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);
const UNCHECKED =
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";

function withRules(errors: FieldError[], schema: JsonSchema, next: Json, previous: Json | undefined): FieldError[] {
  if (errors.some(({ type }) => BLOCKING.has(type))) return [...errors, invalidError("<nil>", null, UNCHECKED)];
  return [...errors, ...validateRules(schema, next, previous)];
}

const REPLICAS_MAX = 2 ** 31 - 1;

type Scale = NonNullable<CustomResourceSubresources["scale"]>;

/** What the paths of the scale subresource lead to must be numbers of replicas, and a selector. */
function checkScale(scale: Scale, object: KubeObject, isStatus: boolean): FieldError[] {
  const paths = [...(isStatus ? [] : [scale.specReplicasPath]), scale.statusReplicasPath];
  const errors = paths.flatMap((path) => replicasErrors(path, valueAt(jsonOf(object), path)));
  const { labelSelectorPath } = scale;
  const selector = labelSelectorPath ? valueAt(jsonOf(object), labelSelectorPath) : undefined;
  if (labelSelectorPath && selector !== undefined && typeof selector !== "string") {
    const detail = `${labelSelectorPath} accessor error: ${goValue(selector)} is of the type ${goType(selector)}, expected string`;
    errors.push(invalidError(labelSelectorPath, "", detail));
  }
  return errors;
}

function replicasErrors(path: string, value: Json | undefined): FieldError[] {
  if (value === undefined) return [];
  if (typeof value !== "number" || !Number.isInteger(value)) {
    const detail = `${path} accessor error: ${goValue(value)} is of the type ${goType(value)}, expected int64`;
    return [invalidError(path, 0, detail)];
  }
  if (value < 0) return [invalidError(path, value, "should be a non-negative integer")];
  return value > REPLICAS_MAX ? [invalidError(path, value, `should be less than or equal to ${REPLICAS_MAX}`)] : [];
}

function goValue(value: Json): string {
  return value === null ? "<nil>" : typeof value === "object" ? JSON.stringify(value) : String(value);
}

function goType(value: Json): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "object") return "map[string]interface {}";
  return { boolean: "bool", number: "float64", string: "string" }[typeof value as "boolean" | "number" | "string"];
}
