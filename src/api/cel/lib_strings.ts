import { formatText } from "./format_text.ts";
import { Library, listOf, P } from "./functions.ts";
import type { Run } from "./run.ts";
import { DYN, INT, listType, STRING } from "./types.ts";
import { CelError, type List, PlainList, type Result } from "./value.ts";

const LIMITS = {
  /** UTF-16 units; longer results are not made. */
  resultMax: 16 * 1024 * 1024,
} as const;
const PLAIN = /^[^\ud800-\udfff]*$/;
const SPACE = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const QUOTED: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

/** A text by code points; cheap where every unit is one. */
interface Points {
  readonly length: number;
  slice(start: number, end?: number): string;
  /** The place of a unit, counted in code points. */
  indexOfUnit(unit: number): number;
  /** The unit at which a code point begins. */
  unitOf(index: number): number;
}

function pointsOf(text: string): Points {
  if (PLAIN.test(text)) {
    return {
      length: text.length,
      slice: (start, end) => text.slice(start, end),
      indexOfUnit: (unit) => unit,
      unitOf: (index) => index,
    };
  }
  const chars = Array.from(text);
  const units = [0];
  for (const char of chars) units.push((units.at(-1) ?? 0) + char.length);
  return {
    length: chars.length,
    slice: (start, end) => chars.slice(start, end).join(""),
    indexOfUnit: (unit) => units.indexOf(unit),
    unitOf: (index) => units[index] ?? text.length,
  };
}

function outOfRange(index: bigint): CelError {
  return new CelError(`index out of range: ${index}`);
}

function charAt(text: string, index: bigint): Result {
  const points = pointsOf(text);
  if (index < 0n || index > points.length) return outOfRange(index);
  return points.slice(Number(index), Number(index) + 1);
}

function indexOf(text: string, part: string, from: bigint): Result {
  if (part === "") return from;
  if (from < 0n) return outOfRange(from);
  const points = pointsOf(text);
  if (from >= points.length) return -1n;
  const found = text.indexOf(part, points.unitOf(Number(from)));
  return found < 0 ? -1n : BigInt(points.indexOfUnit(found));
}

function lastIndexOf(text: string, part: string, from?: bigint): Result {
  const points = pointsOf(text);
  if (part === "") return from ?? BigInt(points.length);
  if (from !== undefined && from < 0n) return outOfRange(from);
  if (points.length === 0 || (from !== undefined && from >= points.length)) return -1n;
  const found = text.lastIndexOf(part, points.unitOf(Number(from ?? points.length - 1)));
  return found < 0 ? -1n : BigInt(points.indexOfUnit(found));
}

function substring(text: string, start: bigint, end?: bigint): Result {
  const points = pointsOf(text);
  if (end !== undefined && start > end) return new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  if (start < 0n || start > points.length) return outOfRange(start);
  if (end !== undefined && end > points.length) return outOfRange(end);
  return points.slice(Number(start), end === undefined ? undefined : Number(end));
}

/** A pattern for both ends at once would look at inner spaces again and again. */
function trim(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && SPACE.test(text.charAt(start))) start++;
  while (end > start && SPACE.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

const BEYOND_ASCII = /[\u0080-\uffff]/;

function lowerAscii(text: string): string {
  if (!BEYOND_ASCII.test(text)) return text.toLowerCase();
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function upperAscii(text: string): string {
  if (!BEYOND_ASCII.test(text)) return text.toUpperCase();
  return text.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/** Counted before it is made: short texts can become endless ones. */
function checkResult(length: number, run: Run): void {
  run.work(length > LIMITS.resultMax ? Infinity : length);
}

function occurrences(text: string, part: string, most: number): number {
  if (part === "") return Math.min(pointsOf(text).length + 1, most);
  let count = 0;
  for (let at = text.indexOf(part); at >= 0 && count < most; at = text.indexOf(part, at + part.length)) count++;
  return count;
}

/** Up to `limit` times, always when it is negative. */
function replace(text: string, old: string, fresh: string, limit: bigint, run: Run): string {
  const count = occurrences(text, old, limit < 0n ? Infinity : Number(limit));
  checkResult(text.length + count * (fresh.length - old.length), run);
  if (count === 0) return text;
  if (old !== "") {
    const parts = splitText(text, old, count + 1);
    return parts.join(fresh);
  }
  const chars = Array.from(text);
  const head = chars.slice(0, count).map((char) => `${fresh}${char}`);
  const tail = chars.slice(count).join("");
  return `${head.join("")}${count > chars.length ? fresh : ""}${tail}`;
}

/** Cuts at a separator into `most` parts at most; the last one keeps what is left. */
function splitText(text: string, separator: string, most: number): string[] {
  if (separator === "") {
    const chars = Array.from(text);
    return chars.length <= most ? chars : [...chars.slice(0, most - 1), chars.slice(most - 1).join("")];
  }
  if (most === Infinity) return text.split(separator);
  const parts: string[] = [];
  let start = 0;
  for (let at = text.indexOf(separator); at >= 0 && parts.length < most - 1; at = text.indexOf(separator, start)) {
    parts.push(text.slice(start, at));
    start = at + separator.length;
  }
  parts.push(text.slice(start));
  return parts;
}

function split(text: string, separator: string, limit: bigint): PlainList {
  if (limit === 0n) return new PlainList([]);
  return new PlainList(splitText(text, separator, limit < 0n ? Infinity : Number(limit)));
}

function join(list: List, separator: string, run: Run): Result {
  const parts: string[] = [];
  let length = 0;
  for (const element of list.values()) {
    if (typeof element !== "string") return element instanceof CelError ? element : new CelError("no such overload");
    length += element.length + separator.length;
    parts.push(element);
  }
  checkResult(length, run);
  return parts.join(separator);
}

function quote(text: string): string {
  return `"${Array.from(text.toWellFormed(), (char) => QUOTED[char] ?? char).join("")}"`;
}

const { string: s, int: i } = P;
const texts = listOf(STRING);

/** cel-go's string extensions, as Kubernetes has them (version 2). */
export const strings = new Library()
  .method("charAt", "string_char_at_int", [s, i], STRING, ([text, at]) => charAt(text, at))
  .method("indexOf", "string_index_of_string", [s, s], INT, ([text, part]) => indexOf(text, part, 0n))
  .method("indexOf", "string_index_of_string_int", [s, s, i], INT, ([text, part, from]) => indexOf(text, part, from))
  .method("lastIndexOf", "string_last_index_of_string", [s, s], INT, ([text, part]) => lastIndexOf(text, part))
  .method("lastIndexOf", "string_last_index_of_string_int", [s, s, i], INT, ([text, part, from]) =>
    lastIndexOf(text, part, from),
  )
  .method("lowerAscii", "string_lower_ascii", [s], STRING, ([text]) => lowerAscii(text))
  .method("upperAscii", "string_upper_ascii", [s], STRING, ([text]) => upperAscii(text))
  .method("replace", "string_replace_string_string", [s, s, s], STRING, ([text, old, fresh], run) =>
    replace(text, old, fresh, -1n, run),
  )
  .method("replace", "string_replace_string_string_int", [s, s, s, i], STRING, ([text, old, fresh, limit], run) =>
    replace(text, old, fresh, limit, run),
  )
  .method("split", "string_split_string", [s, s], listType(STRING), ([text, separator]) => split(text, separator, -1n))
  .method("split", "string_split_string_int", [s, s, i], listType(STRING), ([text, separator, limit]) =>
    split(text, separator, limit),
  )
  .method("substring", "string_substring_int", [s, i], STRING, ([text, start]) => substring(text, start))
  .method("substring", "string_substring_int_int", [s, i, i], STRING, ([text, start, end]) =>
    substring(text, start, end),
  )
  .method("trim", "string_trim", [s], STRING, ([text]) => trim(text))
  .method("join", "list_join", [texts], STRING, ([list], run) => join(list, "", run))
  .method("join", "list_join_string", [texts, s], STRING, ([list, separator], run) => join(list, separator, run))
  .method("format", "string_format", [s, listOf(DYN)], STRING, ([text, args], run) => formatText(text, args, run))
  .fn("strings.quote", "strings_quote", [s], STRING, ([text]) => quote(text));
