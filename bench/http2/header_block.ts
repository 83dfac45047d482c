/**
 * Header blocks of HPACK (RFC 7541) without its dynamic table: requests are written with literals, and of an answer
 * the status alone is read. A server that was offered a table of 0 bytes can say it in no other way than these.
 */

/** Entries of the static table that requests use (RFC 7541, appendix A). */
const INDEX = {
  authority: 1,
  methodGet: 2,
  methodPost: 3,
  path: 4,
  schemeHttps: 7,
  status: 8,
  contentLength: 28,
  contentType: 31,
} as const;

/** What the static table says of `:status`, from entry 8 on. */
const STATUSES = [200, 204, 206, 304, 400, 404, 500] as const;

export interface RequestHead {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly authority: string;
  readonly contentType?: string;
  readonly contentLength?: number;
}

/**
 * The header block of a request as a string of bytes, every field a literal that no table keeps. A string, as many
 * short ones are put together faster than buffers.
 */
export function requestBlock({ method, target, authority, contentType, contentLength }: RequestHead): string {
  let block = methodOf(method) + indexed(INDEX.schemeHttps);
  block += literal(INDEX.authority, authority) + literal(INDEX.path, target);
  if (contentType !== undefined) block += literal(INDEX.contentType, contentType);
  if (contentLength !== undefined) block += literal(INDEX.contentLength, String(contentLength));
  return block;
}

function methodOf(method: string): string {
  if (method === "GET") return indexed(INDEX.methodGet);
  if (method === "POST") return indexed(INDEX.methodPost);
  return literal(INDEX.methodGet, method);
}

function indexed(index: number): string {
  return String.fromCharCode(0x80 | index);
}

/** A literal field without indexing, its name from the static table, its value in Latin-1 without Huffman's code. */
function literal(nameIndex: number, value: string): string {
  return integer(4, nameIndex) + integer(7, value.length) + value;
}

/** An integer with a prefix of so many bits (RFC 7541, 5.1). */
function integer(bits: number, value: number): string {
  const most = (1 << bits) - 1;
  if (value < most) return String.fromCharCode(value);
  let bytes = String.fromCharCode(most);
  let rest = value - most;
  for (; rest >= 0x80; rest >>>= 7) bytes += String.fromCharCode((rest & 0x7f) | 0x80);
  return bytes + String.fromCharCode(rest);
}

/**
 * The status of an answer: by RFC 9113, 8.3, it is the first field of the block. What follows is not looked at.
 *
 * @throws {Error} When the block begins with anything else, or needs a table that we did not offer.
 */
export function statusOf(block: Buffer): number {
  let at = 0;
  // The size of the dynamic table, which the server confirms before the first field.
  while (at < block.length && ((block[at] ?? 0) & 0xe0) === 0x20) {
    if (block[at] !== 0x20) throw new Error("an answer's header block asks for a dynamic table");
    at++;
  }
  const first = block[at] ?? 0;
  if ((first & 0x80) !== 0) {
    const status = STATUSES[(first & 0x7f) - INDEX.status];
    if (status === undefined) throw new Error(`an answer begins with field ${first & 0x7f} instead of its status`);
    return status;
  }
  const isIndexing = (first & 0x40) !== 0;
  const nameIndex = first & (isIndexing ? 0x3f : 0x0f);
  if (nameIndex < INDEX.status || nameIndex >= INDEX.status + STATUSES.length) {
    throw new Error("an answer does not begin with its status");
  }
  const coding = block[at + 1] ?? 0;
  const value = block.subarray(at + 2, at + 2 + (coding & 0x7f));
  const status = (coding & 0x80) === 0 ? value.toString("latin1") : huffmanDigits(value);
  if (!/^[1-5][0-9][0-9]$/.test(status)) throw new Error(`"${status}" is no status`);
  return Number(status);
}

/** The three digits of a status in Huffman's code (RFC 7541, appendix B): five bits for 0 to 2, six for the others. */
function huffmanDigits(bytes: Buffer): string {
  const bitsIn = bytes.length * 8;
  const bits = bytes.length > 3 ? 0 : bytes.reduce((all, byte) => (all << 8) | byte, 0);
  const taken = (from: number, count: number) => (bits >>> (bitsIn - from - count)) & ((1 << count) - 1);
  let digits = "";
  let at = 0;
  while (digits.length < 3 && at + 5 <= bitsIn) {
    const short = taken(at, 5);
    if (short < 3) {
      digits += short;
      at += 5;
    } else {
      const digit = at + 6 <= bitsIn ? taken(at, 6) - 0x16 : -1;
      if (digit < 3 || digit > 9) return "";
      digits += digit;
      at += 6;
    }
  }
  // The rest of the last byte is padding of ones.
  const left = bitsIn - at;
  return left < 8 && taken(at, left) === (1 << left) - 1 ? digits : "";
}
