import { escapeName } from "./escape.ts";
import { additionalOf, asRoot, isEmbedded, itemsOf, type RuleSchema } from "./rule_schema.ts";
import { BOOL, BYTES, CelType, DOUBLE, DURATION, DYN, INT, listType, mapType, STRING, TIMESTAMP } from "./types.ts";

/** A schema as expressions see it. */
export interface Declared {
  readonly type: CelType;
  /** The least a value takes in JSON. */
  readonly bytesMin: number;
  /** Characters, items or members at most; 0 of what has none. */
  readonly sizeMax: number;
  /** Of an object, by identifier. */
  readonly fields?: ReadonlyMap<string, Declared>;
  /** Of a map. */
  readonly key?: Declared;
  /** Of a list or map. */
  readonly element?: Declared;
}

/** Sizes in JSON (apiserver pkg/cel/limits.go). */
const SIZES = {
  /** The largest request; fixed, as estimates must not depend on a server's settings. */
  requestMax: 3 * 1024 * 1024,
  durationMax: 32,
  dateTimeMax: 32,
  durationMin: 3,
  date: 12,
  dateTimeMin: 21,
  stringMin: 2,
  boolMin: 4,
  numberMin: 1,
} as const;

/** How often a value of a size may stand in one request at most. */
export function cardinalityMax({ bytesMin }: Declared): number {
  return Math.trunc(SIZES.requestMax / (bytesMin + 1));
}

/**
 * The declaration of a schema, undefined when expressions cannot see it.
 *
 * @param name What its type is called, and those within it after it.
 * @param isRoot Whether it is of whole objects.
 */
export function declare(schema: RuleSchema, isRoot: boolean, name = "selfType"): Declared | undefined {
  if (schema["x-kubernetes-int-or-string"]) {
    const sizeMax = schema.maxLength === undefined ? SIZES.requestMax - 2 : Math.max(schema.maxLength, 0) * 4;
    return { type: DYN, bytesMin: 1, sizeMax };
  }
  switch (schema.type) {
    case "array":
      return list(schema, name);
    case "object":
      return object(isRoot ? asRoot(schema) : schema, name);
    case "string":
      return text(schema);
    case "boolean":
      return { type: BOOL, bytesMin: SIZES.boolMin, sizeMax: 0 };
    case "number":
      return { type: DOUBLE, bytesMin: SIZES.numberMin, sizeMax: 0 };
    case "integer":
      return { type: INT, bytesMin: SIZES.numberMin, sizeMax: 0 };
    default:
      return undefined;
  }
}

function list(schema: RuleSchema, name: string): Declared | undefined {
  const items = itemsOf(schema);
  const element = items && declare(items, isEmbedded(items), `${name}.@idx`);
  if (element === undefined) return undefined;
  const most = Math.trunc((SIZES.requestMax - 2) / (element.bytesMin + 1));
  const sizeMax = schema.maxItems === undefined ? most : Math.max(schema.maxItems, 0);
  return { type: listType(element.type), bytesMin: 2, sizeMax, element };
}

function object(schema: RuleSchema, name: string): Declared | undefined {
  const additional = additionalOf(schema);
  if (additional === undefined) return struct(schema, name);
  const element = declare(additional, isEmbedded(additional), `${name}.@elem`);
  if (element === undefined) return undefined;
  const most = Math.trunc((SIZES.requestMax - 2) / (element.bytesMin + 6));
  const sizeMax = schema.maxProperties === undefined ? most : Math.max(schema.maxProperties, 0);
  const key: Declared = { type: STRING, bytesMin: SIZES.stringMin, sizeMax: 0 };
  return { type: mapType(STRING, element.type), bytesMin: 2, sizeMax, key, element };
}

function struct(schema: RuleSchema, name: string): Declared {
  const fields = new Map<string, Declared>();
  const required = new Set(schema.required);
  let bytesMin = 2;
  for (const [property, each] of Object.entries(schema.properties ?? {})) {
    const identifier = escapeName(property);
    const field = declare(each, isEmbedded(each), `${name}.${identifier ?? property}`);
    if (field === undefined) continue;
    if (identifier !== undefined) fields.set(identifier, field);
    if (required.has(property) && each.default === undefined) bytesMin += property.length + field.bytesMin + 4;
  }
  const type = new CelType("object", name, [], (field) => (fields.get(field) ?? fields.get(`__${field}__`))?.type);
  return { type, bytesMin, sizeMax: 0, fields };
}

function text(schema: RuleSchema): Declared {
  const { maxLength, format } = schema;
  switch (format) {
    case "byte":
      return {
        type: BYTES,
        bytesMin: SIZES.stringMin,
        sizeMax: maxLength === undefined ? SIZES.requestMax - 2 : Math.max(maxLength, 0),
      };
    case "duration":
      return { type: DURATION, bytesMin: SIZES.durationMin, sizeMax: SIZES.durationMax };
    case "date":
      return { type: TIMESTAMP, bytesMin: SIZES.date, sizeMax: SIZES.date };
    case "date-time":
      return { type: TIMESTAMP, bytesMin: SIZES.dateTimeMin, sizeMax: SIZES.dateTimeMax };
    default:
      return { type: STRING, bytesMin: SIZES.stringMin, sizeMax: textSizeMax(schema) };
  }
}

/** In bytes: a character may take four. */
function textSizeMax({ maxLength, enum: values = [] }: RuleSchema): number {
  if (maxLength !== undefined) return Math.max(maxLength, 0) * 4;
  if (values.length === 0) return SIZES.requestMax - 2;
  const encoder = new TextEncoder();
  return Math.max(0, ...values.map((value) => (typeof value === "string" ? encoder.encode(value).length : 0)));
}
