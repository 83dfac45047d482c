import type { Alternative } from "../schema/schema.ts";
import { readFields, type WireField, type WireWriter } from "./wire.ts";

/*
 * A type for which something else may stand travels as a message of two fields: the object, and the other thing. Where
 * that is a boolean it comes first, and says true beside an object.
 */

/** Writes the message `number` of a value; `writeObject` writes what is in an object. */
export function writeAlternative(
  writer: WireWriter,
  number: number,
  alternative: Alternative,
  value: unknown,
  writeObject: (inner: WireWriter, value: unknown) => void,
): void {
  writer.message(number, (inner) => {
    const isObject = typeof value === "object" && !Array.isArray(value);
    const objectAt = alternative === "boolean" ? 2 : 1;
    if (alternative === "boolean") inner.varint(1, value === false ? 0n : 1n);
    if (isObject) inner.message(objectAt, (message) => writeObject(message, value));
    for (const item of Array.isArray(value) ? (value as unknown[]) : []) {
      if (alternative === "strings") inner.text(2, String(item));
      else inner.message(2, (message) => writeObject(message, item));
    }
  });
}

/** The value such a message holds; `readObject` reads what is in an object. */
export function readAlternative(
  alternative: Alternative,
  message: Uint8Array,
  readObject: (message: Uint8Array) => unknown,
): unknown {
  const fields = readFields(message);
  const at = (number: number): WireField | undefined => fields.find((field) => field.number === number);
  const object = at(alternative === "boolean" ? 2 : 1);
  if (object !== undefined) return readObject(object.bytes);
  if (alternative === "boolean") return at(1)?.varint === 1n;
  const items = fields.filter((field) => field.number === 2);
  return items.map(({ bytes }) => (alternative === "strings" ? new TextDecoder().decode(bytes) : readObject(bytes)));
}
