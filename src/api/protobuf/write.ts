import type { Field, Inline, ObjectSchema, Schema } from "../schema/schema.ts";
import { writeAlternative } from "./alternatives.ts";
import { WRITE_SCALAR } from "./scalars.ts";
import { WireWriter } from "./wire.ts";

type Values = Readonly<Record<string, unknown>>;

/** One thing to write at one number: a field, or the message that holds flattened members. */
type Part =
  | { readonly proto: number; readonly name: string; readonly field: Field }
  | { readonly proto: number; readonly members: readonly Part[] };

const known = new WeakMap<ObjectSchema, readonly Part[]>();

/** The parts of a message in ascending order of number. */
function partsOf(schema: ObjectSchema): readonly Part[] {
  let parts = known.get(schema);
  if (parts === undefined) {
    const entries = Object.entries(schema.fields).map(([name, field]) => ({ name, field, inline: field.inline }));
    parts = partsIn(entries.filter(({ field }) => field.proto !== 0));
    known.set(schema, parts);
  }
  return parts;
}

interface Entry {
  readonly name: string;
  readonly field: Field;
  readonly inline: Inline | undefined;
}

function partsIn(entries: readonly Entry[]): Part[] {
  const groups = Map.groupBy(entries, ({ inline }) => inline?.proto);
  const parts = Array.from(groups, ([proto, members]): Part[] => {
    if (proto === undefined) return members.map(({ name, field }) => ({ proto: field.proto, name, field }));
    return [{ proto, members: partsIn(members.map((each) => ({ ...each, inline: each.inline?.inner }))) }];
  });
  return parts.flat().toSorted((a, b) => a.proto - b.proto);
}

/** The protobuf message of an object, byte for byte as Kubernetes writes it. */
export function writeMessage(schema: ObjectSchema, values: Values): Uint8Array {
  const writer = new WireWriter();
  writeParts(writer, partsOf(schema), values);
  return writer.finish();
}

function writeParts(writer: WireWriter, parts: readonly Part[], values: Values): void {
  for (const part of parts) {
    if ("members" in part) writer.message(part.proto, (inner) => writeParts(inner, part.members, values));
    else writeField(writer, part.proto, part.field, values[part.name] ?? undefined);
  }
}

function writeField(writer: WireWriter, number: number, field: Field, value: unknown): void {
  const { schema } = field;
  if (schema.shape === "list") {
    const items = (value ?? []) as readonly unknown[];
    if (!schema.wrapped) for (const item of items) writeValue(writer, number, schema.item, item);
    else if (items.length > 0) writeValue(writer, number, schema, items);
  } else if (schema.shape === "map") {
    const entries = Object.entries((value ?? {}) as Values).toSorted(([a], [b]) => (a < b ? -1 : 1));
    for (const [key, entry] of entries) {
      writer.message(number, (inner) => {
        inner.text(1, key);
        writeValue(inner, 2, schema.value, entry ?? undefined);
      });
    }
  } else if (value !== undefined || !mayBeAbsent(field)) writeValue(writer, number, schema, value);
}

/** Go pointers and byte slices are written only when set; all else always, zero included. */
function mayBeAbsent(field: Field): boolean {
  return field.omit === "absent" || (field.schema.shape === "scalar" && field.schema.format === "bytes");
}

function writeValue(writer: WireWriter, number: number, schema: Schema, value: unknown): void {
  if (schema.shape === "scalar") WRITE_SCALAR[schema.format](writer, number, value);
  else if (schema.shape === "object") {
    const write = (inner: WireWriter, object: unknown) => writeParts(inner, partsOf(schema), (object ?? {}) as Values);
    if (schema.alternative) writeAlternative(writer, number, schema.alternative, value, write);
    else writer.message(number, (inner) => write(inner, value));
  } else if (schema.shape === "list") {
    writer.message(number, (inner) => {
      for (const item of (value ?? []) as readonly unknown[]) writeValue(inner, 1, schema.item, item);
    });
  }
}
