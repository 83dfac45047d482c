import { Library, P } from "./functions.ts";
import { matches } from "./regex.ts";
import { A, B, BOOL, INT, mapType } from "./types.ts";
import { MapValue } from "./value.ts";
import { param } from "./functions.ts";

/** Code points; a text without surrogates has as many as UTF-16 units. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0xd800 && code < 0xdc00 && i + 1 < text.length) {
      const next = text.charCodeAt(i + 1);
      if (next >= 0xdc00 && next < 0xe000) {
        count--;
        i++;
      }
    }
  }
  return count;
}

const mapAB = param(mapType(A, B), (value) => value instanceof MapValue);

/** Sizes, and the questions the language itself can ask of texts. */
export const texts = new Library()
  .fn("size", "size_bytes", [P.bytes], INT, ([bytes]) => BigInt(bytes.length))
  .method("size", "bytes_size", [P.bytes], INT, ([bytes]) => BigInt(bytes.length))
  .fn("size", "size_list", [P.listA], INT, ([list]) => BigInt(list.size))
  .method("size", "list_size", [P.listA], INT, ([list]) => BigInt(list.size))
  .fn("size", "size_map", [mapAB], INT, ([map]) => BigInt(map.size))
  .method("size", "map_size", [mapAB], INT, ([map]) => BigInt(map.size))
  .fn("size", "size_string", [P.string], INT, ([text]) => BigInt(codePoints(text)))
  .method("size", "string_size", [P.string], INT, ([text]) => BigInt(codePoints(text)))
  .method("contains", "contains_string", [P.string, P.string], BOOL, ([text, part]) => text.includes(part))
  .method("endsWith", "ends_with_string", [P.string, P.string], BOOL, ([text, end]) => text.endsWith(end))
  .method("startsWith", "starts_with_string", [P.string, P.string], BOOL, ([text, start]) => text.startsWith(start))
  .fn("matches", "matches", [P.string, P.string], BOOL, ([text, pattern], run) => matches(text, pattern, run))
  .method("matches", "matches_string", [P.string, P.string], BOOL, ([text, pattern], run) =>
    matches(text, pattern, run),
  );
