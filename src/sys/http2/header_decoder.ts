import { huffmanDecoded } from "./huffman.ts";
import { STATIC_TABLE } from "./static_table.ts";

/** SETTINGS_HEADER_TABLE_SIZE as it is until somebody says otherwise; we never do. */
const TABLE_BYTES_MAX = 4_096;
/** What an entry counts beyond its name and value (RFC 7541, 4.1). */
export const ENTRY_BYTES = 32;

interface Field {
  readonly name: string;
  readonly value: string;
  /** As HPACK counts it. */
  readonly bytes: number;
}

const STATIC: readonly Field[] = STATIC_TABLE.map(([name, value]) => field(name, value));

function field(name: string, value: string): Field {
  return { name, value, bytes: name.length + value.length + ENTRY_BYTES };
}

/** The header blocks of one connection, in their order: each may refer to what those before it left in the table. */
export class HeaderDecoder {
  /** Oldest first. */
  #table: Field[] = [];
  #tableBytes = 0;
  #tableBytesMax = TABLE_BYTES_MAX;
  #block: Buffer = Buffer.alloc(0);
  #at = 0;

  /**
   * Calls `onField` for each field. One that is never looked at is decoded all the same, as the table needs it.
   *
   * @throws {RangeError} When the block is broken: the connection is then of no more use.
   */
  decode(block: Buffer, onField: (name: string, value: string) => void): void {
    this.#block = block;
    this.#at = 0;
    let isFirst = true;
    while (this.#at < block.length) {
      const first = block[this.#at] ?? 0;
      if ((first & 0xe0) === 0x20) {
        if (!isFirst) throw new RangeError("a header block changes the table's size after a field");
        this.#resize(this.#integer(5));
        continue;
      }
      isFirst = false;
      const { name, value } = (first & 0x80) === 0 ? this.#literal(first) : this.#entry(this.#integer(7));
      onField(name, value);
    }
  }

  #literal(first: number): Field {
    const isKept = (first & 0x40) !== 0;
    const index = this.#integer(isKept ? 6 : 4);
    const name = index === 0 ? this.#string() : this.#entry(index).name;
    const made = field(name, this.#string());
    if (isKept) this.#keep(made);
    return made;
  }

  #entry(index: number): Field {
    const found =
      index <= STATIC.length ? STATIC[index - 1] : this.#table[this.#table.length - (index - STATIC.length)];
    if (found === undefined) throw new RangeError(`a header block refers to field ${index}, which there is not`);
    return found;
  }

  #keep(made: Field): void {
    this.#evict(this.#tableBytesMax - made.bytes);
    // One that is larger than the table only empties it.
    if (made.bytes > this.#tableBytesMax) return;
    this.#table.push(made);
    this.#tableBytes += made.bytes;
  }

  #resize(bytesMax: number): void {
    if (bytesMax > TABLE_BYTES_MAX) throw new RangeError("a header block asks for a larger table than was offered");
    this.#tableBytesMax = bytesMax;
    this.#evict(bytesMax);
  }

  #evict(bytesMax: number): void {
    let gone = 0;
    while (this.#tableBytes > bytesMax && gone < this.#table.length)
      this.#tableBytes -= this.#table[gone++]?.bytes ?? 0;
    if (gone > 0) this.#table.splice(0, gone);
  }

  /** An integer with a prefix of so many bits (RFC 7541, 5.1). */
  #integer(bits: number): number {
    const most = (1 << bits) - 1;
    let value = this.#byte() & most;
    if (value < most) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value;
    }
    throw new RangeError("a header block holds an integer that is too large");
  }

  #string(): string {
    const isCoded = ((this.#block[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#integer(7);
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#block.length) throw new RangeError("a header block ends within a string");
    return isCoded ? huffmanDecoded(this.#block, start, this.#at) : this.#block.toString("latin1", start, this.#at);
  }

  #byte(): number {
    const byte = this.#block[this.#at++];
    if (byte === undefined) throw new RangeError("a header block ends within a field");
    return byte;
  }
}
