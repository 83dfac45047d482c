import type { Run } from "./run.ts";
import {
  A,
  B,
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  K,
  listType,
  mapType,
  optionalType,
  STRING,
  TIMESTAMP,
  typeOf,
  UINT,
  V,
  type CelType,
} from "./types.ts";
import { Duration, Timestamp } from "./time_values.ts";
import { CelType as TypeValue } from "./types.ts";
import { CelError, List, MapValue, Optional, typeOfValue, Uint, type Result, type Value } from "./value.ts";

/** A parameter of an overload: its declared type, and whether a value at hand is of it. */
export interface Param<T extends Value = Value> {
  readonly type: CelType;
  readonly is: (value: Value) => value is T;
}

export interface Overload {
  readonly id: string;
  readonly isMethod: boolean;
  readonly args: readonly CelType[];
  readonly result: CelType;
  /** Whether the values are of the parameters' types, as far as can be seen without looking inside. */
  accepts(args: readonly Value[]): boolean;
  /** Only with arguments it accepts. */
  call(args: readonly Value[], run: Run): Result;
}

/** Overloads by the function's name, in the order in which they are tried. */
export type Functions = ReadonlyMap<string, readonly Overload[]>;

type ValuesOf<P extends readonly Param[]> = { [I in keyof P]: P[I] extends Param<infer T> ? T : never };
type Implementation<P extends readonly Param[]> = (args: ValuesOf<P>, run: Run) => Result;

/** Collects the declarations of a library. */
export class Library {
  readonly functions = new Map<string, Overload[]>();

  fn<const P extends readonly Param[]>(
    name: string,
    id: string,
    params: P,
    result: CelType,
    implementation: Implementation<P>,
  ): this {
    return this.#add(name, false, id, params, result, implementation);
  }

  method<const P extends readonly Param[]>(
    name: string,
    id: string,
    params: P,
    result: CelType,
    implementation: Implementation<P>,
  ): this {
    return this.#add(name, true, id, params, result, implementation);
  }

  #add<const P extends readonly Param[]>(
    name: string,
    isMethod: boolean,
    id: string,
    params: P,
    result: CelType,
    implementation: Implementation<P>,
  ): this {
    const overloads = this.functions.get(name) ?? [];
    overloads.push({
      id,
      isMethod,
      args: params.map(({ type }) => type),
      result,
      accepts: (args) => args.length === params.length && params.every(({ is }, i) => is(args[i] ?? null)),
      // `accepts` has looked at each of them.
      call: (args, run) => implementation(args as ValuesOf<P>, run),
    });
    this.functions.set(name, overloads);
    return this;
  }
}

export function param<T extends Value>(type: CelType, is: (value: Value) => value is T): Param<T> {
  return { type, is };
}

/** The parameter of an opaque type. */
export function instance<T extends Value>(type: CelType, of: abstract new (...args: never[]) => T): Param<T> {
  return param(type, (value): value is T => value instanceof of);
}

const isAny = (value: Value): value is Value => value !== undefined;
const isList = (value: Value): value is List => value instanceof List;
const isMap = (value: Value): value is MapValue => value instanceof MapValue;
const isOptionalValue = (value: Value): value is Optional => value instanceof Optional;

/** The parameters most functions take. */
export const P = {
  bool: param(BOOL, (value) => typeof value === "boolean"),
  bytes: param(BYTES, (value) => value instanceof Uint8Array),
  double: param(DOUBLE, (value) => typeof value === "number"),
  duration: instance(DURATION, Duration),
  dyn: param(DYN, isAny),
  int: param(INT, (value) => typeof value === "bigint"),
  string: param(STRING, (value) => typeof value === "string"),
  timestamp: instance(TIMESTAMP, Timestamp),
  uint: instance(UINT, Uint),
  type: param(typeOf(A), (value) => value instanceof TypeValue),
  a: param(A, isAny),
  b: param(B, isAny),
  k: param(K, isAny),
  v: param(V, isAny),
  listA: param(listType(A), isList),
  listV: param(listType(V), isList),
  listString: param(listType(STRING), isList),
  mapKV: param(mapType(K, V), isMap),
  optionalV: param(optionalType(V), isOptionalValue),
  optionalListV: param(optionalType(listType(V)), isOptionalValue),
  optionalMapKV: param(optionalType(mapType(K, V)), isOptionalValue),
  listOptionalV: param(listType(optionalType(V)), isList),
} as const;

/** A list whose elements are of one type; where that is not known before, the first one tells. */
export function listOf(type: CelType): Param<List> {
  const isGeneral = type.isOpen || type.kind === "dyn";
  const fits = (list: List) => isGeneral || list.size === 0 || isOf(list.at(0), type);
  return param(listType(type), (value): value is List => value instanceof List && fits(value));
}

function isOf(value: Result, type: CelType): boolean {
  return value instanceof CelError || typeOfValue(value).kind === type.kind;
}

/** Several libraries as one; overloads of one name stand in their order. */
export function joinLibraries(libraries: readonly Library[]): Functions {
  const all = new Map<string, Overload[]>();
  for (const { functions } of libraries) {
    for (const [name, overloads] of functions) all.set(name, [...(all.get(name) ?? []), ...overloads]);
  }
  return all;
}
