import { STATIC_TABLE } from "./static_table.ts";

const NAMES = new Map(STATIC_TABLE.map(([name], index) => [name, index + 1] as const).toReversed());
const STATUSES = new Map(
  STATIC_TABLE.flatMap(([name, value], index) => (name === ":status" ? [[Number(value), index + 1] as const] : [])),
);
/** What a header value may not hold (RFC 9110, 5.5), as characters of Latin-1. */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;
const ALL_UNSENDABLE = new RegExp(UNSENDABLE, "g");

/**
 * An answer's header block as a string of bytes, in Latin-1: fields are literals that no table keeps. A string, as
 * many short ones are put together faster than buffers.
 */
export function responseBlock(
  status: number,
  headers: Readonly<Record<string, string>>,
  length: number | undefined,
): string {
  const index = STATUSES.get(status);
  let block = index === undefined ? literal(":status", String(status)) : String.fromCharCode(0x80 | index);
  for (const name in headers) block += literal(name, headers[name] ?? "");
  if (length !== undefined) block += literal("content-length", String(length));
  return headers["date"] === undefined ? block + dateField() : block;
}

/** A literal field that no table keeps, its value without Huffman's code. */
export function literal(name: string, value: string): string {
  const index = NAMES.get(name);
  const named = index === undefined ? `\0${string(name.toLowerCase())}` : integer(4, index);
  // A question mark rather than no answer at all.
  return named + string(UNSENDABLE.test(value) ? value.replace(ALL_UNSENDABLE, "?") : value);
}

function string(value: string): string {
  return integer(7, value.length) + value;
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

let dateSecond = 0;
let date = "";

function dateField(): string {
  const now = Date.now();
  const second = Math.floor(now / 1_000);
  if (second !== dateSecond) {
    dateSecond = second;
    date = literal("date", new Date(now).toUTCString());
  }
  return date;
}
