import { constants, inflateRawSync } from "node:zlib";

/**
 * SPDY/3 header blocks (draft-mbelshe-httpbis-spdy-00, 2.6.10): name-value pairs in one zlib stream per
 * direction that lasts as long as the connection and starts from a fixed dictionary.
 */

/** Strings of the dictionary that stand there with their length before them, as names and values do in a block. */
const DICTIONARY_NAMES =
  "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow " +
  "authorization cache-control connection content-base content-encoding content-language content-length " +
  "content-location content-md5 content-range content-type date etag expect expires from host if-match " +
  "if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma " +
  "proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade " +
  "user-agent vary via warning www-authenticate method get status";
const DICTIONARY_TAIL =
  "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505" +
  "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized" +
  "403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable" +
  "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT" +
  "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain," +
  "text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

export const SPDY_DICTIONARY: Buffer = Buffer.concat([
  ...DICTIONARY_NAMES.split(" ").map(withLength),
  withLength("200 OK"),
  withLength("version"),
  withLength("HTTP/1.1"),
  withLength("url"),
  withLength("public"),
  withLength("set-cookie"),
  withLength("keep-alive"),
  withLength("origin"),
  Buffer.from(DICTIONARY_TAIL),
]);

/** How far back deflate refers at most. */
const WINDOW_BYTES = 32 * 1024;
/** A block this long uncompressed is an attack: stream headers are some hundred bytes. */
const BLOCK_BYTES_MAX = 64 * 1024;

/** An empty stored block: Go's decompressor gives out what it has when it meets one, and fails without. */
const FLUSH = Buffer.from([0, 0, 0, 0xff, 0xff]);

export type SpdyHeaders = ReadonlyMap<string, string>;

/**
 * Reads the blocks of one direction, in their order.
 *
 * Every block ends at a byte boundary with a flush, so each is inflated on its own with what came before as
 * the dictionary: no decompressor is kept, and the length of one block is bounded.
 */
export class HeaderReader {
  #window: Buffer = SPDY_DICTIONARY;
  #started = false;

  /** @throws {Error} If the block is no zlib data, too long or cut short: the session cannot go on. */
  read(block: Buffer): SpdyHeaders {
    let deflated = block;
    if (!this.#started) {
      const presetDictionary = (block.readUInt8(1) & 0x20) !== 0;
      deflated = block.subarray(presetDictionary ? 6 : 2);
      this.#started = true;
    }
    const bytes = inflateRawSync(deflated, {
      dictionary: this.#window,
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: BLOCK_BYTES_MAX,
    });
    this.#window = Buffer.concat([this.#window, bytes]).subarray(-WINDOW_BYTES);
    return parseBlock(bytes);
  }
}

/** Writes the blocks of one direction: as stored deflate blocks, since ours are empty or nearly so. */
export class HeaderWriter {
  #started = false;

  write(headers: SpdyHeaders): Buffer {
    const block = formatBlock(headers);
    const frame = Buffer.alloc(5);
    frame.writeUInt16LE(block.length, 1);
    frame.writeUInt16LE(block.length ^ 0xffff, 3);
    const start = this.#started ? Buffer.alloc(0) : Buffer.from([0x78, 0x01]);
    this.#started = true;
    return Buffer.concat([start, frame, block, FLUSH]);
  }
}

function parseBlock(bytes: Buffer): SpdyHeaders {
  const headers = new Map<string, string>();
  let at = 4;
  const text = (): string => {
    const length = bytes.readUInt32BE(at);
    const start = at + 4;
    at = start + length;
    if (at > bytes.length) throw new RangeError("Cannot read SPDY headers: a string goes beyond the end");
    return bytes.toString("utf8", start, at);
  };
  for (let left = bytes.readUInt32BE(0); left > 0; left--) {
    const name = text().toLowerCase();
    headers.set(name, text());
  }
  return headers;
}

/** @throws {RangeError} If the block does not fit one stored deflate block (65,535 bytes). */
function formatBlock(headers: SpdyHeaders): Buffer {
  const parts = [uint32(headers.size)];
  for (const [name, value] of headers) parts.push(withLength(name), withLength(value));
  const block = Buffer.concat(parts);
  if (block.length > 0xffff) throw new RangeError(`Cannot write SPDY headers of ${block.length} bytes`);
  return block;
}

function withLength(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
