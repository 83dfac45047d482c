/** What a letter after a backslash stands for. */
export const LETTER_ESCAPES: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};
const ESCAPE = /\\(?:([xX])([0-9a-fA-F]{2})|([0-3][0-7]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([^]))/g;
const LITERAL = /^[bB]?([rR]?)("""|'''|"|')([^]*)\2$/;

/** What stands between the quotes, and whether escapes are text. */
function contentOf(literal: string): { text: string; isRaw: boolean } {
  const [, raw = "", , text = ""] = LITERAL.exec(literal) ?? [];
  return { text: text.replaceAll(/\r\n?/g, "\n"), isRaw: raw !== "" };
}

function isCodePoint(code: number): boolean {
  return code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
}

/** The text of a string literal; undefined when an escape names no character. */
export function stringOf(literal: string): string | undefined {
  const { text, isRaw } = contentOf(literal);
  if (isRaw) return text;
  let isValid = true;
  const result = text.replaceAll(ESCAPE, (_, _x, hex, octal, short, long, char) => {
    if (char !== undefined) return LETTER_ESCAPES[char] ?? char;
    const code = octal === undefined ? Number.parseInt(hex ?? short ?? long, 16) : Number.parseInt(octal, 8);
    if (isCodePoint(code)) return String.fromCodePoint(code);
    isValid = false;
    return "";
  });
  return isValid ? result : undefined;
}

/** The bytes of a bytes literal: `\x..` and octal escapes are bytes, not characters. Undefined when one is invalid. */
export function bytesOf(literal: string): Uint8Array | undefined {
  const { text, isRaw } = contentOf(literal);
  const encoder = new TextEncoder();
  if (isRaw) return encoder.encode(text);
  const bytes: number[] = [];
  let done = 0;
  for (const found of text.matchAll(ESCAPE)) {
    bytes.push(...encoder.encode(text.slice(done, found.index)));
    done = found.index + found[0].length;
    const [, , hex, octal, short, long, char] = found;
    if (short !== undefined || long !== undefined) return undefined;
    if (char !== undefined) bytes.push(...encoder.encode(LETTER_ESCAPES[char] ?? char));
    else bytes.push(octal === undefined ? Number.parseInt(hex ?? "", 16) : Number.parseInt(octal, 8));
  }
  bytes.push(...encoder.encode(text.slice(done)));
  return Uint8Array.from(bytes);
}
