import type { Schema } from "../schema/schema.ts";

/**
 * A value of the wrong type, on its way out of nested decoders. Each object it leaves adds the field it stood in,
 * so that the path costs nothing while all is well.
 */
export class Mismatch extends Error {
  override readonly name = "Mismatch";
  readonly #found: string;
  readonly #wanted: string;
  readonly #fields: string[] = [];
  #struct = "";

  constructor(found: string, wanted: string) {
    super();
    this.#found = found;
    this.#wanted = wanted;
  }

  /** Called by each object decoder, innermost first. */
  leave(definition: string, field: string): this {
    if (this.#fields.length === 0) this.#struct = definition.slice(definition.lastIndexOf(".") + 1);
    this.#fields.unshift(field);
    return this;
  }

  /** The complaint as Go's decoder words it: the innermost struct, then the path without list indices. */
  describe(): string {
    const where = this.#fields.length === 0 ? "Go value" : `Go struct field ${this.#struct}.${this.#fields.join(".")}`;
    return `json: cannot unmarshal ${this.#found} into ${where} of type ${this.#wanted}`;
  }
}

/** How Go's decoder names what it found. */
export function foundName(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

/** The Go type behind a schema, as far as it can be told without Go's named scalars. */
export function goType(schema: Schema): string {
  if (schema.shape === "list") return `[]${goType(schema.item)}`;
  if (schema.shape === "object") return schema.name.split(".").slice(-2).join(".");
  if (schema.shape === "map") {
    const quantities = schema.value.shape === "scalar" && schema.value.format === "quantity";
    return quantities ? "v1.ResourceList" : `map[string]${goType(schema.value)}`;
  }
  switch (schema.format) {
    case "boolean":
      return "bool";
    case "bytes":
      return "[]uint8";
    case "intOrString":
      return "int32";
    case "string":
    case "time":
    case "microTime":
    case "duration":
      return "string";
    case "any":
    case "rawExtension":
    case "fieldsV1":
      return "interface {}";
    default:
      return schema.format;
  }
}
