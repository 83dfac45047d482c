import { TOO_MANY_VALUES, VALUES_MAX } from "../codec/document.ts";

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

/** How many fields may still be read, of a message and those in it. */
export interface Budget {
  left: number;
}

export function spend(budget: Budget): void {
  if (--budget.left < 0) throw new ProtobufError(TOO_MANY_VALUES);
}

/** The fields of a message, in the order they stand. Throws ProtobufError, also when there are more than may be read. */
export function readFields(message: Uint8Array, budget: Budget = { left: VALUES_MAX }): WireField[] {
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
    spend(budget);
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

const SIZE_FIRST = 512;
const text = new TextEncoder();

/** Writes fields one after the other into one buffer that grows. */
export class WireWriter {
  #buffer = new Uint8Array(SIZE_FIRST);
  #at = 0;

  varint(number: number, value: bigint): void {
    this.#number(number * 8 + WIRE.varint);
    let rest = BigInt.asUintN(64, value);
    this.#room(10);
    for (; rest >= 0x80n; rest >>= 7n) this.#buffer[this.#at++] = Number(rest & 0x7fn) | 0x80;
    this.#buffer[this.#at++] = Number(rest);
  }

  bytes(number: number, value: Uint8Array): void {
    this.#number(number * 8 + WIRE.bytes);
    this.#number(value.length);
    this.#room(value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
  }

  text(number: number, value: string): void {
    this.#counted(number, () => {
      this.#room(value.length * 3);
      this.#at += text.encodeInto(value, this.#buffer.subarray(this.#at)).written;
    });
  }

  double(number: number, value: number): void {
    this.#number(number * 8 + WIRE.fixed64);
    this.#room(8);
    new DataView(this.#buffer.buffer).setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  message(number: number, write: (inner: WireWriter) => void): void {
    this.#counted(number, () => write(this));
  }

  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#at);
  }

  /** Writes what `write` writes behind its length, which is known only then: longer contents make room for it. */
  #counted(number: number, write: () => void): void {
    this.#number(number * 8 + WIRE.bytes);
    this.#room(1);
    const start = ++this.#at;
    write();
    const length = this.#at - start;
    let digits = 0;
    for (let rest = length; rest >= 0x80; rest = Math.floor(rest / 0x80)) digits++;
    this.#room(digits);
    if (digits > 0) this.#buffer.copyWithin(start + digits, start, this.#at);
    this.#at = start - 1;
    this.#number(length);
    this.#at += length;
  }

  #number(value: number): void {
    this.#room(8);
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#buffer[this.#at++] = (rest % 0x80) | 0x80;
    this.#buffer[this.#at++] = rest;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(this.#buffer.length * 2, this.#at + bytes));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}
