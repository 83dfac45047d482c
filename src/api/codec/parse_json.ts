import type { Json } from "../schema/field.ts";
import { DEPTH_MAX, SyntaxProblem, TOO_MANY_VALUES, VALUES_MAX, type Document } from "./document.ts";
import { scanJson } from "./scan_json.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Members written in `text`, if that is valid JSON. Looks before anything is built of it: throws SyntaxProblem when
 * it nests too deeply or holds too much.
 */
function countWritten(text: string): number {
  let members = 0;
  let commas = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case 0x3a: // A colon outside a string ends the name of a member.
        members++;
        break;
      case 0x2c:
        if (++commas >= VALUES_MAX) throw new SyntaxProblem(TOO_MANY_VALUES);
        break;
      case 0x7b:
      case 0x5b:
        if (++depth > DEPTH_MAX) throw new SyntaxProblem("exceeded max depth");
        break;
      case 0x7d:
      case 0x5d:
        depth--;
        break;
      default:
    }
  }
  return members;
}

/** The index of the quote that ends the string beginning at `start`; the text's end when none does. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (text.charCodeAt(end - 1) === BACKSLASH) {
    let slashes = 1;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) break;
    end = text.indexOf('"', end + 1);
  }
  return end === -1 ? text.length : end;
}

/** Members left after parsing: fewer than written when names repeat. */
function countKept(value: Json): number {
  if (typeof value !== "object" || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (const each of value) if (typeof each === "object") members += countKept(each);
    return members;
  }
  for (const name of Object.keys(value)) {
    members++;
    const each = value[name];
    if (typeof each === "object") members += countKept(each);
  }
  return members;
}

/**
 * Parses JSON. The usual case costs one pass over the text and JSON.parse; only a body that repeats a name or is
 * wrong is read again, slowly.
 *
 * @throws {SyntaxProblem} In the words of Go's decoder, for example `invalid character '}' looking for beginning of value`.
 */
export function parseJson(text: string): Document {
  const written = countWritten(text);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    scanJson(text);
    throw new SyntaxProblem(error instanceof Error ? error.message : String(error));
  }
  const duplicates = written !== countKept(value);
  return { value, duplicates, problems: [], node: () => scanJson(text) };
}
