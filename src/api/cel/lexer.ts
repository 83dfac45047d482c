import type { Problem } from "./problem.ts";

export type TokenKind = "end" | "ident" | "escaped" | "int" | "uint" | "double" | "string" | "bytes" | "op" | "keyword";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly at: number;
}

const SPACE = /(?:[\t \r\n\f]|\/\/[^\n]*)+/y;
const NUMBER = /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)|(?:0x[0-9a-fA-F]+|\d+)[uU]?/y;
const IDENT = /[A-Za-z_][A-Za-z0-9_]*/y;
const ESCAPED_IDENT = /`[A-Za-z0-9_.\-/ ]+`/y;
const OPERATOR = /==|!=|<=|>=|&&|\|\||[<>[\]{}().,\-!?:+*/%]/y;
const STRING_START = /([bB]?)([rR]?)("""|'''|"|')/y;
const ESCAPE = /\\(?:[abfnrtv"'\\?`]|[0-3][0-7][0-7]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/y;
const KEYWORDS = new Set(["in", "true", "false", "null"]);

function match(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

/** The index behind the string that begins at `start`; undefined when it does not end. */
function endOfString(source: string, start: number, quote: string, isRaw: boolean): number | undefined {
  const isLong = quote.length === 3;
  let at = start;
  while (at < source.length) {
    if (source.startsWith(quote, at)) return at + quote.length;
    const char = source[at];
    if (!isLong && (char === "\n" || char === "\r")) return undefined;
    if (char === "\\" && !isRaw) {
      const escape = match(ESCAPE, source, at);
      if (escape === null) return undefined;
      at += escape[0].length;
    } else at++;
  }
  return undefined;
}

function stringToken(source: string, at: number): Token | undefined {
  const start = match(STRING_START, source, at);
  if (start === null) return undefined;
  const [all, bytes, raw, quote = ""] = start;
  const end = endOfString(source, at + all.length, quote, raw !== "");
  return end === undefined ? undefined : { kind: bytes === "" ? "string" : "bytes", text: source.slice(at, end), at };
}

function numberToken(source: string, at: number): Token | undefined {
  const text = match(NUMBER, source, at)?.[0];
  if (text === undefined) return undefined;
  const isHex = text.startsWith("0x");
  if (/[uU]$/.test(text)) return { kind: "uint", text, at };
  return { kind: !isHex && /[.eE]/.test(text) ? "double" : "int", text, at };
}

function wordToken(source: string, at: number): Token | undefined {
  const text = match(IDENT, source, at)?.[0];
  if (text !== undefined) return { kind: KEYWORDS.has(text) ? "keyword" : "ident", text, at };
  const escaped = match(ESCAPED_IDENT, source, at)?.[0];
  return escaped === undefined ? undefined : { kind: "escaped", text: escaped, at };
}

/** Cuts an expression into tokens, the last of them the end; what is none is reported and passed over. */
export function tokensOf(source: string, problems: Problem[]): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (true) {
    at += match(SPACE, source, at)?.[0].length ?? 0;
    if (at >= source.length) break;
    const operator = match(OPERATOR, source, at)?.[0];
    const token =
      stringToken(source, at) ??
      numberToken(source, at) ??
      wordToken(source, at) ??
      (operator === undefined ? undefined : { kind: "op" as const, text: operator, at });
    if (token === undefined) {
      at = unrecognized(source, at, problems);
      continue;
    }
    tokens.push(token);
    at += token.text.length;
  }
  tokens.push({ kind: "end", text: "<EOF>", at: source.length });
  return tokens;
}

/** What begins like an operator of two signs is reported with the sign that followed. */
const HALF_OPERATOR = /[=&|][^]/uy;

/** A string that does not end is reported to the end of its line, anything else character by character. */
function unrecognized(source: string, at: number, problems: Problem[]): number {
  const opensString = match(STRING_START, source, at) !== null;
  const line = source.slice(at).split("\n", 1)[0] ?? "";
  const half = match(HALF_OPERATOR, source, at)?.[0];
  const text = opensString ? line : (half ?? String.fromCodePoint(source.codePointAt(at) ?? 0));
  problems.push({ at, message: `Syntax error: token recognition error at: '${text}'` });
  return at + Math.max(text.length, 1);
}
