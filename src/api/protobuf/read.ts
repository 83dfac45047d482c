import type { Field, Inline, ListSchema, MapSchema, ObjectSchema, Schema } from "../schema/schema.ts";
import { readAlternative } from "./alternatives.ts";
import { VALUES_MAX } from "../codec/document.ts";
import { READ_SCALAR } from "./scalars.ts";
import { ProtobufError, WIRE, readFields, spend, type Budget, type WireField } from "./wire.ts";

type Values = Record<string, unknown>;

/** Deeper than any object of ours; what nests further was made to do harm. */
const DEPTH_MAX = 100;

/** A field, and the messages it is still inside of. */
interface Entry {
  readonly name: string;
  readonly field: Field;
  readonly inline: Inline | undefined;
}

/** Which JSON field a protobuf number stands for, and the messages whose members are flattened in JSON. */
interface Numbers {
  readonly fields: ReadonlyMap<number, Entry>;
  readonly inlined: ReadonlyMap<number, Numbers>;
}

const known = new WeakMap<ObjectSchema, Numbers>();

function numbersOf(schema: ObjectSchema): Numbers {
  let numbers = known.get(schema);
  if (numbers === undefined) {
    const entries = Object.entries(schema.fields).map(([name, field]) => ({ name, field, inline: field.inline }));
    numbers = numbersIn(entries.filter(({ field }) => field.proto !== 0));
    known.set(schema, numbers);
  }
  return numbers;
}

function numbersIn(entries: readonly Entry[]): Numbers {
  const outer = entries.filter(({ inline }) => inline === undefined);
  const groups = Map.groupBy(
    entries.filter(({ inline }) => inline !== undefined),
    ({ inline }) => inline?.proto ?? 0,
  );
  const inlined = Array.from(groups, ([proto, members]): [number, Numbers] => [
    proto,
    numbersIn(members.map((each) => ({ ...each, inline: each.inline?.inner }))),
  ]);
  return { fields: new Map(outer.map((each) => [each.field.proto, each])), inlined: new Map(inlined) };
}

/**
 * The JSON form of a protobuf message of a type. Unknown fields are passed over, as protobuf has it.
 *
 * @throws {ProtobufError} If the bytes are not such a message.
 */
export function readMessage(schema: ObjectSchema, message: Uint8Array): Values {
  const values: Values = {};
  readInto(values, numbersOf(schema), message, 0, { left: VALUES_MAX });
  return values;
}

function readInto(values: Values, numbers: Numbers, message: Uint8Array, depth: number, budget: Budget): void {
  if (depth > DEPTH_MAX) throw new ProtobufError("message nests too deeply");
  for (const wire of readFields(message, budget)) {
    const inner = numbers.inlined.get(wire.number);
    const entry = numbers.fields.get(wire.number);
    if (inner) readInto(values, inner, wire.bytes, depth + 1, budget);
    else if (entry) readField(values, entry.name, entry.field.schema, wire, depth + 1, budget);
  }
}

function readField(values: Values, name: string, schema: Schema, wire: WireField, depth: number, budget: Budget): void {
  if (schema.shape === "list") readItem(values, name, schema, wire, depth, budget);
  else if (schema.shape === "map") readEntry(values, name, schema, wire, depth, budget);
  else {
    const value = readValue(schema, wire, depth, budget);
    if (value !== undefined) values[name] = value;
  }
}

function readValue(schema: Schema, wire: WireField, depth: number, budget: Budget): unknown {
  if (schema.shape === "scalar") return READ_SCALAR[schema.format](wire);
  if (schema.shape === "object") {
    const read = (bytes: Uint8Array) => {
      const values: Values = {};
      readInto(values, numbersOf(schema), bytes, depth + 1, budget);
      return values;
    };
    return schema.alternative ? readAlternative(schema.alternative, wire.bytes, read) : read(wire.bytes);
  }
  // A list as the value of a map travels as a message of one repeated field.
  if (schema.shape === "list")
    return readFields(wire.bytes, budget).map((inner) => readValue(schema.item, inner, depth + 1, budget));
  throw new ProtobufError("a map cannot be an item or a map's value");
}

function readItem(
  values: Values,
  name: string,
  schema: ListSchema,
  wire: WireField,
  depth: number,
  budget: Budget,
): void {
  const items = (values[name] ??= []) as unknown[];
  if (schema.wrapped) {
    for (const inner of readFields(wire.bytes, budget)) items.push(readValue(schema.item, inner, depth, budget));
    return;
  }
  const packed = schema.item.shape === "scalar" && wire.wire === WIRE.bytes && isNumber(schema.item.format);
  if (!packed) items.push(readValue(schema.item, wire, depth, budget));
  else {
    for (const varint of packedVarints(wire.bytes)) {
      spend(budget);
      items.push(readValue(schema.item, { ...wire, varint }, depth, budget));
    }
  }
}

function isNumber(format: string): boolean {
  return format === "int32" || format === "int64" || format === "boolean";
}

function* packedVarints(bytes: Uint8Array): Generator<bigint> {
  let value = 0n;
  let shift = 0n;
  for (const byte of bytes) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte >= 0x80) continue;
    yield BigInt.asUintN(64, value);
    value = 0n;
    shift = 0n;
  }
}

function readEntry(
  values: Values,
  name: string,
  schema: MapSchema,
  wire: WireField,
  depth: number,
  budget: Budget,
): void {
  // Without a prototype `__proto__` is only a key.
  const entries = (values[name] ??= Object.create(null)) as Values;
  const parts = new Map(readFields(wire.bytes, budget).map((each) => [each.number, each]));
  const key = new TextDecoder().decode(parts.get(1)?.bytes ?? new Uint8Array());
  const value = parts.get(2);
  if (value !== undefined) entries[key] = readValue(schema.value, value, depth, budget) ?? null;
  else entries[key] = schema.value.shape === "scalar" ? "" : {};
}
