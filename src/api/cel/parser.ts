import type { Expr, MapEntry } from "./ast.ts";
import { Builder, ParseStop } from "./builder.ts";
import { tokensOf, type Token } from "./lexer.ts";
import { expandMacro } from "./macros.ts";
import type { Problem } from "./problem.ts";
import { bytesOf, stringOf } from "./unescape.ts";
import { Uint, type Value } from "./value.ts";

const LIMITS = {
  /** Code points of one expression (cel-go's default). */
  sourceMax: 100_000,
} as const;

const RESERVED = new Set(
  "as break const continue else false for function if import in let loop null package namespace return true var void while".split(
    " ",
  ),
);
const RELATIONS = new Set(["<", "<=", ">=", ">", "==", "!=", "in"]);
const EXPRESSION_STARTS =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

export type Parsed = { readonly expr: Expr } | { readonly problems: readonly Problem[] };

/** Reads an expression and expands its macros. */
export function parse(source: string): Parsed {
  const builder = new Builder();
  const size = Array.from(source).length;
  if (size > LIMITS.sourceMax) {
    builder.report(undefined, `expression code point size exceeds limit: size: ${size}, limit ${LIMITS.sourceMax}`);
    return { problems: builder.problems };
  }
  try {
    const expr = new Parser(builder, tokensOf(source, builder.problems)).whole();
    return builder.problems.length > 0 ? { problems: builder.problems } : { expr };
  } catch (error) {
    if (error instanceof ParseStop) return { problems: builder.problems };
    throw error;
  }
}

class Parser {
  readonly #b: Builder;
  readonly #tokens: readonly Token[];
  #next = 0;
  #nesting = 0;

  constructor(builder: Builder, tokens: readonly Token[]) {
    this.#b = builder;
    this.#tokens = tokens;
  }

  whole(): Expr {
    const expr = this.#expr();
    const isLast = this.#tokens[this.#next + 1]?.kind === "end";
    if (this.#token.kind !== "end" && isLast) this.#extraneous("<EOF>");
    else if (this.#token.kind !== "end") this.#unexpected("<EOF>");
    return expr;
  }

  get #token(): Token {
    return this.#tokens[this.#next] ?? { kind: "end", text: "<EOF>", at: 0 };
  }

  #is(text: string): boolean {
    const { kind } = this.#token;
    return (kind === "op" || kind === "keyword") && this.#token.text === text;
  }

  /** The token when it is the one asked for, which is then passed. */
  #take(text: string): Token | undefined {
    return this.#is(text) ? this.#pass() : undefined;
  }

  #pass(): Token {
    const token = this.#token;
    if (token.kind !== "end") this.#next++;
    return token;
  }

  #expect(text: string): Token {
    return this.#take(text) ?? this.#unexpected(`'${text}'`);
  }

  #unexpected(wanted: string): never {
    const { kind, text, at } = this.#token;
    const shown = kind === "end" ? "'<EOF>'" : `'${text}'`;
    return this.#b.stop(at, `Syntax error: mismatched input ${shown} expecting ${wanted}`);
  }

  /** Passes a token without which the text could be read on. */
  #extraneous(wanted: string): void {
    const { text, at } = this.#pass();
    this.#b.report(at, `Syntax error: extraneous input '${text}' expecting ${wanted}`);
  }

  #expr(): Expr {
    this.#b.checkNesting(++this.#nesting);
    const condition = this.#logical("||", "_||_", () => this.#logical("&&", "_&&_", () => this.#relation()));
    const question = this.#take("?");
    const expr = question === undefined ? condition : this.#conditional(question.at, condition);
    this.#nesting--;
    return expr;
  }

  #conditional(at: number, condition: Expr): Expr {
    const yes = this.#logical("||", "_||_", () => this.#logical("&&", "_&&_", () => this.#relation()));
    this.#expect(":");
    return this.#b.call(at, "_?_:_", condition, yes, this.#expr());
  }

  /** Chains become balanced trees, so that long ones are not deep. */
  #logical(operator: string, name: string, operand: () => Expr): Expr {
    const terms = [operand()];
    const places: number[] = [];
    for (let token = this.#take(operator); token !== undefined; token = this.#take(operator)) {
      places.push(token.at);
      terms.push(operand());
    }
    return this.#balanced(name, terms, places, 0, places.length - 1);
  }

  #balanced(name: string, terms: readonly Expr[], places: readonly number[], low: number, high: number): Expr {
    const first = terms[low];
    if (high < low && first !== undefined) return first;
    const middle = (low + high + 1) >> 1;
    const left = this.#balanced(name, terms, places, low, middle - 1);
    return this.#b.call(places[middle] ?? 0, name, left, this.#balanced(name, terms, places, middle + 1, high));
  }

  #relation(): Expr {
    let left = this.#sum();
    while (RELATIONS.has(this.#token.text) && this.#is(this.#token.text)) {
      const { text, at } = this.#pass();
      left = this.#b.call(at, text === "in" ? "@in" : `_${text}_`, left, this.#sum());
    }
    return left;
  }

  #sum(): Expr {
    let left = this.#product();
    for (let token = this.#take("+") ?? this.#take("-"); token; token = this.#take("+") ?? this.#take("-")) {
      left = this.#b.call(token.at, `_${token.text}_`, left, this.#product());
    }
    return left;
  }

  #product(): Expr {
    const operator = () => this.#take("*") ?? this.#take("/") ?? this.#take("%");
    let left = this.#unary();
    for (let token = operator(); token !== undefined; token = operator()) {
      left = this.#b.call(token.at, `_${token.text}_`, left, this.#unary());
    }
    return left;
  }

  /** `!!x` is `x`, and so is `--x`. */
  #unary(): Expr {
    const { text, at } = this.#token;
    if (!this.#is("!") && !this.#is("-")) return this.#member();
    const next = this.#tokens[this.#next + 1];
    if (text === "-" && (next?.kind === "int" || next?.kind === "double")) return this.#member();
    let count = 0;
    while (this.#take(text)) count++;
    const operand = this.#member();
    return count % 2 === 0 ? operand : this.#b.call(at, text === "!" ? "!_" : "-_", operand);
  }

  #member(): Expr {
    let expr = this.#primary();
    while (true) {
      const dot = this.#take(".");
      const bracket = dot === undefined ? this.#take("[") : undefined;
      if (dot !== undefined) expr = this.#selection(dot.at, expr);
      else if (bracket !== undefined) {
        const name = this.#take("?") ? "_[?_]" : "_[_]";
        expr = this.#b.call(bracket.at, name, expr, this.#expr());
        this.#expect("]");
      } else return expr;
    }
  }

  #selection(at: number, operand: Expr): Expr {
    const isOptional = this.#take("?") !== undefined;
    const token = this.#token;
    if (token.kind === "escaped") this.#b.report(token.at, "unsupported syntax: '`'");
    else if (token.kind !== "ident") this.#noName();
    this.#pass();
    if (isOptional) return this.#b.call(at, "_?._", operand, this.#b.literal(token.at, token.text));
    const open = this.#take("(");
    if (open === undefined) return this.#b.make({ kind: "select", at, operand, field: token.text, isTest: false });
    const args = this.#exprs(")");
    return (
      expandMacro(this.#b, open.at, token.text, operand, args) ?? this.#b.method(open.at, token.text, operand, ...args)
    );
  }

  /** Behind a dot stands no name. */
  #noName(): never {
    const { kind, text, at } = this.#token;
    if (["true", "false", "null"].includes(text)) this.#unexpected("IDENTIFIER");
    return this.#b.stop(at, `Syntax error: no viable alternative at input '.${kind === "end" ? "" : text}'`);
  }

  /** Expressions up to a closing sign. */
  #exprs(close: string): Expr[] {
    const exprs: Expr[] = [];
    if (this.#take(close)) return exprs;
    do exprs.push(this.#expr());
    while (this.#take(","));
    this.#expect(close);
    return exprs;
  }

  #primary(): Expr {
    const token = this.#token;
    if (this.#take("(")) {
      const expr = this.#expr();
      this.#expect(")");
      return expr;
    }
    if (this.#take("[")) return this.#list(token.at);
    if (this.#take("{")) return this.#map(token.at);
    if (token.kind === "ident" || this.#is(".")) return this.#name();
    return this.#literal();
  }

  #name(): Expr {
    const dot = this.#take(".");
    const token = this.#token;
    if (token.kind !== "ident") this.#unexpected("IDENTIFIER");
    this.#pass();
    const at = dot?.at ?? token.at;
    if (RESERVED.has(token.text)) {
      this.#b.report(at, `reserved identifier: ${token.text}`);
      return this.#b.literal(at, null);
    }
    const name = `${dot === undefined ? "" : "."}${token.text}`;
    const open = this.#take("(");
    if (open !== undefined) {
      const args = this.#exprs(")");
      return expandMacro(this.#b, open.at, name, undefined, args) ?? this.#b.call(open.at, name, ...args);
    }
    return this.#message(name) ?? this.#b.ident(token.at, name);
  }

  /** `Name{` or `a.b.Name{`: a message, of which there are none; its fields are read and dropped. */
  #message(first: string): Expr | undefined {
    let ahead = this.#next;
    let name = first;
    while (this.#tokens[ahead]?.text === "." && this.#tokens[ahead + 1]?.kind === "ident") {
      name += `.${this.#tokens[ahead + 1]?.text}`;
      ahead += 2;
    }
    const brace = this.#tokens[ahead];
    if (brace?.kind !== "op" || brace.text !== "{") return undefined;
    this.#next = ahead + 1;
    while (!this.#take("}")) {
      this.#take("?");
      if (this.#token.kind !== "ident" && this.#token.kind !== "escaped") this.#unexpected("'}'");
      this.#pass();
      this.#expect(":");
      this.#expr();
      if (!this.#take(",") && !this.#is("}")) this.#unexpected("'}'");
    }
    return this.#b.make({ kind: "message", at: brace.at, name });
  }

  #list(at: number): Expr {
    const elements: Expr[] = [];
    const optional = new Set<number>();
    while (!this.#take("]")) {
      if (this.#take("?")) optional.add(elements.length);
      elements.push(this.#expr());
      if (!this.#take(",") && !this.#is("]")) this.#unexpected("']'");
    }
    return this.#b.list(at, elements, optional);
  }

  #map(at: number): Expr {
    const entries: MapEntry[] = [];
    while (!this.#take("}")) {
      const isOptional = this.#take("?") !== undefined;
      const key = this.#expr();
      this.#expect(":");
      entries.push({ key, value: this.#expr(), isOptional });
      if (!this.#take(",") && !this.#is("}")) this.#unexpected("'}'");
    }
    return this.#b.map(at, entries);
  }

  /** No expression begins here; perhaps one does behind the token. */
  #noExpression(sign: string): Expr {
    const next = this.#tokens[this.#next + 1];
    if (sign !== "" || this.#token.kind === "end" || next === undefined || !startsExpression(next)) {
      return this.#unexpected(EXPRESSION_STARTS);
    }
    this.#extraneous(EXPRESSION_STARTS);
    return this.#unary();
  }

  #literal(): Expr {
    const { at } = this.#token;
    const sign = this.#is("-") ? this.#pass().text : "";
    const value = literalValue(sign, this.#token);
    if (value === undefined) return this.#noExpression(sign);
    this.#pass();
    if (value instanceof InvalidLiteral) {
      this.#b.report(at, value.message);
      return this.#b.literal(at, null);
    }
    return this.#b.literal(at, value);
  }
}

function startsExpression({ kind, text }: Token): boolean {
  if (kind === "op") return ["[", "{", "(", ".", "-", "!"].includes(text);
  return kind !== "end" && kind !== "escaped" && text !== "in";
}

class InvalidLiteral {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

const WORDS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/** Undefined when the token is no literal. */
function literalValue(sign: string, { kind, text }: Token): Value | InvalidLiteral | undefined {
  switch (kind) {
    case "int": {
      const value = BigInt(text) * (sign === "" ? 1n : -1n);
      return BigInt.asIntN(64, value) === value ? value : new InvalidLiteral("invalid int literal");
    }
    case "uint": {
      const value = BigInt(text.slice(0, -1));
      return BigInt.asUintN(64, value) === value ? new Uint(value) : new InvalidLiteral("invalid uint literal");
    }
    case "double": {
      const value = Number(`${sign}${text}`);
      return Number.isFinite(value) ? value : new InvalidLiteral("invalid double literal");
    }
    case "string":
      return stringOf(text) ?? new InvalidLiteral("invalid unicode code point");
    case "bytes":
      return bytesOf(text) ?? new InvalidLiteral("unable to unescape string");
    case "keyword":
      return WORDS.get(text);
    default:
      return undefined;
  }
}
