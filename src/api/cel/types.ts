export type TypeKind =
  | "bool"
  | "bytes"
  | "double"
  | "duration"
  | "dyn"
  | "error"
  | "int"
  | "list"
  | "map"
  | "null"
  | "object"
  | "opaque"
  | "param"
  | "string"
  | "timestamp"
  | "type"
  | "uint";

/** A type of CEL; it is also the value that `type(x)` gives. */
export class CelType {
  readonly kind: TypeKind;
  /** As the language names it: `int`, `list`, `net.IP`; of an object the place in the schema. */
  readonly name: string;
  readonly params: readonly CelType[];
  /** How many types it is made of. */
  readonly weight: number;
  /** Whether a variable is among them. */
  readonly isOpen: boolean;
  readonly #field: ((name: string) => CelType | undefined) | undefined;

  constructor(
    kind: TypeKind,
    name: string,
    params: readonly CelType[] = [],
    field?: (name: string) => CelType | undefined,
  ) {
    this.kind = kind;
    this.name = name;
    this.params = params;
    this.weight = params.reduce((sum, each) => sum + each.weight, 1);
    this.isOpen = kind === "param" || params.some((each) => each.isOpen);
    this.#field = field;
  }

  /** The type of a declared field of an object. */
  fieldType(name: string): CelType | undefined {
    return this.#field?.(name);
  }

  /** The type at a place among the parameters; `dyn` where there is none. */
  param(index: number): CelType {
    return this.params[index] ?? DYN;
  }

  /** As type errors write it. */
  toString(): string {
    if (this.kind === "null") return "null";
    if (this.kind === "timestamp" || this.kind === "duration") return this.kind;
    return this.params.length === 0 ? this.name : `${this.name}(${this.params.join(", ")})`;
  }
}

export const BOOL = new CelType("bool", "bool");
export const BYTES = new CelType("bytes", "bytes");
export const DOUBLE = new CelType("double", "double");
export const DURATION = new CelType("duration", "google.protobuf.Duration");
export const DYN = new CelType("dyn", "dyn");
/** What an expression has that is wrong: it fits everything, so that nothing is reported twice. */
export const ERROR = new CelType("error", "!error!");
export const INT = new CelType("int", "int");
export const NULL = new CelType("null", "null_type");
export const STRING = new CelType("string", "string");
export const TIMESTAMP = new CelType("timestamp", "google.protobuf.Timestamp");
export const UINT = new CelType("uint", "uint");
export const TYPE = new CelType("type", "type");
/** The parameters of generic functions. */
export const [A, B, K, V] = ["A", "B", "K", "V"].map((name) => new CelType("param", name)) as [
  CelType,
  CelType,
  CelType,
  CelType,
];

export const LIST = new CelType("list", "list");
export const MAP = new CelType("map", "map");
export const OPTIONAL = new CelType("opaque", "optional_type");

export function listType(element: CelType): CelType {
  return new CelType("list", "list", [element]);
}

export function mapType(key: CelType, value: CelType): CelType {
  return new CelType("map", "map", [key, value]);
}

export function optionalType(value: CelType): CelType {
  return new CelType("opaque", "optional_type", [value]);
}

/** The type of a type: what the identifier `int` has. */
export function typeOf(type: CelType): CelType {
  return new CelType("type", "type", [type]);
}

export function isOptional(type: CelType): boolean {
  return type.kind === "opaque" && type.name === "optional_type";
}

/** Whether two types are the same, parameters and all. */
export function sameType(a: CelType, b: CelType): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.name !== b.name || a.params.length !== b.params.length) return false;
  return a.params.every((param, i) => sameType(param, b.param(i)));
}
