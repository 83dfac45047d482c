/*
 * Values under like keys say mostly the same: pods of one owner differ in names, addresses and times, a tenth of their
 * bytes. A value that is like another is kept as what is to be copied from that one, the model, and what is not.
 *
 * Packed is a text of one byte a character: bytes of the value, then for each piece of it how many bytes follow, these,
 * how many are copied after them, and from where: in the model or, above its length, in what is unpacked already.
 * Counts take seven bits a character, lowest first; places take two characters. A text, as V8 keeps and moves those
 * with everything else, while each small array of bytes takes 300 bytes beside its own and leaves holes.
 */

/** So that every place fits in two characters. */
const BYTES_MAX = 32_768;
/** Fewer bytes cost more to point to than to repeat. */
const COPY_MIN = 6;
const PLACES = 4_096;
/** Characters made of bytes in one call. */
const TEXT_STEP = 4_096;

/** A value that others are packed by. */
export class Model {
  readonly bytes: Uint8Array;
  /** One more than where four bytes of this hash stand last; 0 for nowhere. */
  readonly places = new Uint16Array(PLACES);

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    for (let at = 0; at + 4 <= bytes.length; at++) this.places[hashAt(bytes, at)] = at + 1;
  }

  /** Whether a value can be a model, or packed by one. */
  static admits(value: Uint8Array): boolean {
    return value.length >= 2 * COPY_MIN && value.length < BYTES_MAX;
  }
}

const output = new Uint8Array(2 * BYTES_MAX);
const ownPlaces = new Uint16Array(PLACES);

/** Packs `value`; undefined when more than `charsMax` characters came of it. Both it and the model must be admitted. */
export function packed(value: Uint8Array, model: Model, charsMax: number): string | undefined {
  const { bytes, places } = model;
  ownPlaces.fill(0);
  let end = writeCount(0, value.length);
  let rest = 0;
  // What is after a piece that differs mostly goes on where the model does.
  let due = 0;
  for (let at = 0; at + 4 <= value.length;) {
    let from = due;
    let length = alike(bytes, from, bytes.length, value, at);
    if (length < COPY_MIN) {
      const hash = hashAt(value, at);
      from = (places[hash] ?? 0) - 1;
      length = from < 0 ? 0 : alike(bytes, from, bytes.length, value, at);
      const own = (ownPlaces[hash] ?? 0) - 1;
      const ownLength = own < 0 ? 0 : alike(value, own, at, value, at);
      if (ownLength > length) [from, length] = [bytes.length + own, ownLength];
      ownPlaces[hash] = at + 1;
    }
    if (length < COPY_MIN) {
      at++;
      due++;
      continue;
    }
    end = writePiece(end, value, rest, at, length, from);
    due = from < bytes.length ? from + length : due + length;
    at += length;
    rest = at;
    if (end > charsMax) return undefined;
  }
  end = writePiece(end, value, rest, value.length, 0, 0);
  return end > charsMax ? undefined : textOf(end);
}

/** How many bytes a packed value has. */
export function sizeOfPacked(text: string): number {
  let size = 0;
  for (let at = 0, shift = 0; ; at++, shift += 7) {
    const code = text.charCodeAt(at);
    size |= (code & 0x7f) << shift;
    if (code < 0x80) return size;
  }
}

/**
 * The value, or its beginning: at most `limit` bytes.
 *
 * @param room Where it is unpacked to, if it is large enough: memory of one's own for each of 10,000 keeps V8 collecting.
 */
export function unpacked(text: string, { bytes }: Model, limit: number, room?: Uint8Array): Uint8Array {
  const size = sizeOfPacked(text);
  const wanted = Math.min(size, limit);
  const value = room !== undefined && room.length >= wanted ? room.subarray(0, wanted) : new Uint8Array(wanted);
  let at = size < 0x80 ? 1 : size < 0x4000 ? 2 : 3;
  let end = 0;
  const count = () => {
    let number = 0;
    for (let shift = 0; ; shift += 7) {
      const code = text.charCodeAt(at++);
      number |= (code & 0x7f) << shift;
      if (code < 0x80) return number;
    }
  };
  while (end < value.length) {
    for (let left = count(); left > 0; left--) value[end++] = text.charCodeAt(at++);
    if (end >= value.length) break;
    const length = count();
    const from = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 8);
    at += 2;
    // Beyond its end nothing is written to an array, as where only the beginning is asked for.
    if (from >= bytes.length) value.copyWithin(end, from - bytes.length, from - bytes.length + length);
    else if (end + length > value.length) value.set(bytes.subarray(from, from + value.length - end), end);
    else if (length > 32) value.set(bytes.subarray(from, from + length), end);
    else for (let i = 0; i < length; i++) value[end + i] = bytes[from + i] ?? 0;
    end += length;
  }
  return value;
}

/** How many bytes of `value` from `at` on stand in `other` from `from` on, before `end`. */
function alike(other: Uint8Array, from: number, end: number, value: Uint8Array, at: number): number {
  const most = Math.min(end - from, value.length - at);
  let length = 0;
  while (length < most && other[from + length] === value[at + length]) length++;
  return length;
}

function hashAt(bytes: Uint8Array, at: number): number {
  const four =
    (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
  return Math.imul(four, 0x9e3779b1) >>> 20;
}

function writePiece(end: number, value: Uint8Array, from: number, to: number, length: number, place: number): number {
  let at = writeCount(end, to - from);
  for (let i = from; i < to; i++) output[at++] = value[i] ?? 0;
  at = writeCount(at, length);
  output[at++] = place & 0xff;
  output[at++] = place >>> 8;
  return at;
}

function writeCount(end: number, count: number): number {
  let at = end;
  let left = count;
  for (; left >= 0x80; left >>>= 7) output[at++] = (left & 0x7f) | 0x80;
  output[at++] = left;
  return at;
}

function textOf(end: number): string {
  let text = "";
  for (let at = 0; at < end; at += TEXT_STEP) {
    text += String.fromCharCode.apply(null, output.subarray(at, Math.min(end, at + TEXT_STEP)) as unknown as number[]);
  }
  return text;
}
