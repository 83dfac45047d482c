import { literal } from "#sys/http2/header_encoder.ts";
import { huffmanDecoded } from "#sys/http2/huffman.ts";

/**
 * Header blocks of HPACK (RFC 7541) without its dynamic table: requests are written with literals, and of an answer
 * the status alone is read. A server that was offered a table of 0 bytes can say it in no other way than these.
 */

/** Fields of requests that the static table has whole, and where it names `:status` (RFC 7541, appendix A). */
const INDEX = { methodGet: 2, methodPost: 3, schemeHttps: 7, status: 8 } as const;

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
  block += literal(":authority", authority) + literal(":path", target);
  if (contentType !== undefined) block += literal("content-type", contentType);
  if (contentLength !== undefined) block += literal("content-length", String(contentLength));
  return block;
}

function methodOf(method: string): string {
  if (method === "GET") return indexed(INDEX.methodGet);
  if (method === "POST") return indexed(INDEX.methodPost);
  return literal(":method", method);
}

function indexed(index: number): string {
  return String.fromCharCode(0x80 | index);
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
  const status = (coding & 0x80) === 0 ? value.toString("latin1") : huffmanDecoded(value, 0, value.length);
  if (!/^[1-5][0-9][0-9]$/.test(status)) throw new Error(`"${status}" is no status`);
  return Number(status);
}
