/**
 * A protobuf (proto3) codec for message subsets written as tables: only the field numbers are needed, so that a table
 * of the fields one uses is the whole schema. Unknown fields are skipped. Fields hold their zero value when absent;
 * nested messages are undefined.
 */

/** One field: how it is written, read, and what it is before anything was read. */
export interface Field<In, Out> {
  readonly number: number;
  initial(): Out;
  write(writer: Writer, value: In): void;
  read(reader: Reader, wireType: number, before: Out): Out;
}

type Shape = Readonly<Record<string, Field<never, unknown>>>;
/** What may be given to encode: any field may be left out. */
type InputOf<S extends Shape> = {
  readonly [K in keyof S]?: (S[K] extends Field<infer In, unknown> ? In : never) | undefined;
};
/** What decoding gives: every field. */
type OutputOf<S extends Shape> = { -readonly [K in keyof S]: ReturnType<S[K]["initial"]> };

export interface Message<In, Out> {
  encode(value: In): Uint8Array;
  decode(bytes: Uint8Array): Out;
}

export type DecodedOf<M> = M extends Message<never, infer Out> ? Out : never;
export type EncodedOf<M> = M extends Message<infer In, unknown> ? In : never;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder();

/** Appends to a buffer that grows. */
export class Writer {
  #buffer = new Uint8Array(256);
  #length = 0;

  varint(value: bigint | number): void {
    // Negative numbers are written as 64-bit two's complement, which is what int32 and int64 both ask for.
    let rest =
      typeof value === "number" && value >= 0 && value < 0x8000_0000 ? value : BigInt.asUintN(64, BigInt(value));
    this.#reserve(10);
    if (typeof rest === "bigint") {
      for (; rest > 0x7fn; rest >>= 7n) this.#buffer[this.#length++] = Number(rest & 0x7fn) | 0x80;
      this.#buffer[this.#length++] = Number(rest);
      return;
    }
    for (; rest > 0x7f; rest >>>= 7) this.#buffer[this.#length++] = (rest & 0x7f) | 0x80;
    this.#buffer[this.#length++] = rest;
  }

  tag(number: number, wireType: number): void {
    this.varint((number << 3) | wireType);
  }

  bytes(number: number, value: Uint8Array): void {
    this.tag(number, BYTES);
    this.varint(value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + count));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}

/** Reads a message's bytes in order. Throws RangeError when they end too early. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new RangeError("protobuf: the message ends within a number");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError("protobuf: a number has more than 10 bytes");
  }

  /** A varint known to be small: a tag, a length. */
  small(): number {
    const first = this.#bytes[this.#at];
    if (first !== undefined && first < 0x80) {
      this.#at++;
      return first;
    }
    return Number(this.varint());
  }

  bytes(): Uint8Array {
    const length = this.small();
    const start = this.#at;
    if (start + length > this.#bytes.length) throw new RangeError("protobuf: the message ends within a field");
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  skip(wireType: number): void {
    if (wireType === VARINT) this.varint();
    else if (wireType === BYTES) this.bytes();
    else if (wireType === FIXED64) this.#at += 8;
    else if (wireType === FIXED32) this.#at += 4;
    else throw new RangeError(`protobuf: wire type ${wireType} is not known`);
  }
}

/** A message type made of `shape`'s fields. */
export function message<S extends Shape>(shape: S): Message<InputOf<S>, OutputOf<S>> {
  const fields = Object.entries(shape) as [string, Field<unknown, unknown>][];
  const byNumber = new Map(fields.map(([name, field]) => [field.number, { name, field }]));
  return {
    encode(value) {
      const writer = new Writer();
      const given: Readonly<Record<string, unknown>> = value;
      for (const [name, field] of fields) {
        if (given[name] !== undefined) field.write(writer, given[name]);
      }
      return writer.finish();
    },
    decode(bytes) {
      const out: Record<string, unknown> = {};
      for (const [name, field] of fields) out[name] = field.initial();
      const reader = new Reader(bytes);
      while (!reader.done) {
        const tag = reader.small();
        const known = byNumber.get(tag >>> 3);
        if (known === undefined) reader.skip(tag & 7);
        else out[known.name] = known.field.read(reader, tag & 7, out[known.name]);
      }
      return out as OutputOf<S>;
    },
  };
}

function varintField<T>(
  number: number,
  zero: T,
  toWire: (value: T) => bigint | number,
  fromWire: (wire: bigint) => T,
): Field<T, T> {
  return {
    number,
    initial: () => zero,
    write(writer, value) {
      if (value === zero) return;
      writer.tag(number, VARINT);
      writer.varint(toWire(value));
    },
    read: (reader) => fromWire(reader.varint()),
  };
}

/** int32, uint32 and enums. */
export const int32 = (number: number): Field<number, number> =>
  varintField(
    number,
    0,
    (value) => value,
    (wire) => Number(BigInt.asIntN(64, wire)),
  );

/** int64 and uint64 whose values stay within 2^53: bytes, microseconds, ids. */
export const int53 = int32;

/** int64 beyond 2^53, such as nanoseconds since the epoch. */
export const int64 = (number: number): Field<bigint, bigint> =>
  varintField(
    number,
    0n,
    (value) => value,
    (wire) => BigInt.asIntN(64, wire),
  );

export const bool = (number: number): Field<boolean, boolean> =>
  varintField(
    number,
    false,
    (value) => (value ? 1 : 0),
    (wire) => wire !== 0n,
  );

export const bytes = (number: number): Field<Uint8Array, Uint8Array> => ({
  number,
  initial: () => new Uint8Array(0),
  write(writer, value) {
    if (value.length > 0) writer.bytes(number, value);
  },
  read: (reader) => reader.bytes(),
});

export const string = (number: number): Field<string, string> => ({
  number,
  initial: () => "",
  write(writer, value) {
    if (value !== "") writer.bytes(number, textEncoder.encode(value));
  },
  read: (reader) => textDecoder.decode(reader.bytes()),
});

export const nested = <In, Out>(number: number, type: Message<In, Out>): Field<In, Out | undefined> => ({
  number,
  initial: () => undefined,
  write: (writer, value) => writer.bytes(number, type.encode(value)),
  read: (reader) => type.decode(reader.bytes()),
});

export const messages = <In, Out>(number: number, type: Message<In, Out>): Field<readonly In[], Out[]> => ({
  number,
  initial: () => [],
  write(writer, values) {
    for (const value of values) writer.bytes(number, type.encode(value));
  },
  read(reader, _wireType, before) {
    before.push(type.decode(reader.bytes()));
    return before;
  },
});

export const strings = (number: number): Field<readonly string[], string[]> => ({
  number,
  initial: () => [],
  write(writer, values) {
    for (const value of values) writer.bytes(number, textEncoder.encode(value));
  },
  read(reader, _wireType, before) {
    before.push(textDecoder.decode(reader.bytes()));
    return before;
  },
});

/** repeated int64 within 2^53; packed, as proto3 writes them, and also read unpacked. */
export const int53s = (number: number): Field<readonly number[], number[]> => ({
  number,
  initial: () => [],
  write(writer, values) {
    if (values.length === 0) return;
    const packed = new Writer();
    for (const value of values) packed.varint(value);
    writer.bytes(number, packed.finish());
  },
  read(reader, wireType, before) {
    const one = (source: Reader): number => before.push(Number(BigInt.asIntN(64, source.varint())));
    if (wireType !== BYTES) one(reader);
    else for (const packed = new Reader(reader.bytes()); !packed.done;) one(packed);
    return before;
  },
});

const MapEntry = message({ key: string(1), value: string(2) });

/** map<string, string>. */
export const stringMap = (number: number): Field<Readonly<Record<string, string>>, Record<string, string>> => ({
  number,
  // Without a prototype: a label called __proto__ is only a key.
  initial: () => Object.create(null) as Record<string, string>,
  write(writer, value) {
    for (const [key, text] of Object.entries(value)) writer.bytes(number, MapEntry.encode({ key, value: text }));
  },
  read(reader, _wireType, before) {
    const { key, value } = MapEntry.decode(reader.bytes());
    before[key] = value;
    return before;
  },
});
