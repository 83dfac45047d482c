/** The wire types of protobuf (protobuf.dev, encoding). Groups are not used by Kubernetes. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** The bytes are not a message: cut short, a field number of 0, an unknown wire type. */
export class ProtobufError extends Error {
  override readonly name = "ProtobufError";
}

/** One field as it stands on the wire; the value's meaning is the schema's. */
export interface WireField {
  readonly number: number;
  readonly wire: number;
  /** For `varint`. */
  readonly varint: bigint;
  /** For all others: a view into the message. */
  readonly bytes: Uint8Array;
}

const EMPTY = new Uint8Array();

/** The fields of a message, in the order they stand. Throws ProtobufError. */
export function readFields(message: Uint8Array): WireField[] {
  const fields: WireField[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new ProtobufError("unexpected EOF");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new ProtobufError("integer overflow");
  };
  const take = (length: number): Uint8Array => {
    if (at + length > message.length) throw new ProtobufError("unexpected EOF");
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = Number(varint());
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (number === 0) throw new ProtobufError(`illegal tag 0 (wire type ${wire})`);
    if (wire === WIRE.varint) fields.push({ number, wire, varint: varint(), bytes: EMPTY });
    else if (wire === WIRE.bytes) fields.push({ number, wire, varint: 0n, bytes: take(Number(varint())) });
    else if (wire === WIRE.fixed64) fields.push({ number, wire, varint: 0n, bytes: take(8) });
    else if (wire === WIRE.fixed32) fields.push({ number, wire, varint: 0n, bytes: take(4) });
    else throw new ProtobufError(`illegal wireType ${wire}`);
  }
  return fields;
}

/** Writes fields one after the other; messages inside are writers of their own. */
export class WireWriter {
  readonly #parts: Uint8Array[] = [];

  varint(number: number, value: bigint): void {
    this.#tag(number, WIRE.varint);
    this.#raw(BigInt.asUintN(64, value));
  }

  bytes(number: number, value: Uint8Array): void {
    this.#tag(number, WIRE.bytes);
    this.#raw(BigInt(value.length));
    this.#parts.push(value);
  }

  text(number: number, value: string): void {
    this.bytes(number, new TextEncoder().encode(value));
  }

  double(number: number, value: number): void {
    this.#tag(number, WIRE.fixed64);
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    this.#parts.push(bytes);
  }

  message(number: number, write: (inner: WireWriter) => void): void {
    const inner = new WireWriter();
    write(inner);
    this.bytes(number, inner.finish());
  }

  finish(): Uint8Array {
    const whole = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  #tag(number: number, wire: number): void {
    this.#raw(BigInt(number * 8 + wire));
  }

  #raw(value: bigint): void {
    const bytes: number[] = [];
    let rest = value;
    while (rest >= 0x80n) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.#parts.push(Uint8Array.from(bytes));
  }
}
