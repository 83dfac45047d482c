import { qualifiedName } from "../validation/names.ts";
import { LabelRequirement, LabelSelectorError, type LabelOperator } from "./requirement.ts";

interface Token {
  readonly kind: "end" | "error" | "identifier" | "operator" | "symbol";
  readonly text: string;
}

const BINARY: Readonly<Record<string, LabelOperator>> = {
  in: "in",
  notin: "notin",
  "=": "=",
  "==": "==",
  "!=": "!=",
  ">": "gt",
  "<": "lt",
};
const BINARY_SHOWN = "in, notin, =, ==, !=, gt, lt";
const SYMBOLS = new Set([")", ",", "!", "(", ...Object.keys(BINARY)]);
const SPECIAL = "=!(),><";

/** The requirements of a selector text in the order written. Throws LabelSelectorError. */
export function requirementsOf(text: string): LabelRequirement[] {
  return new Parser(scan(text)).all();
}

function scan(text: string): Token[] {
  const tokens: Token[] = [];
  for (const [found] of text.matchAll(/[=!(),><]+|[^=!(),>< \t\r\n]+/g)) {
    if (!SPECIAL.includes(found.charAt(0))) {
      const isWord = found === "in" || found === "notin";
      tokens.push({ kind: isWord ? "operator" : "identifier", text: found });
    } else tokens.push(...symbolsOf(found));
  }
  tokens.push({ kind: "end", text: "" });
  return tokens;
}

/** Splits a run of special characters, longest known symbol first. */
function symbolsOf(run: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < run.length;) {
    const two = run.slice(at, at + 2);
    const symbol = SYMBOLS.has(two) ? two : run.charAt(at);
    tokens.push({ kind: "symbol", text: symbol });
    at += symbol.length;
  }
  return tokens;
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  all(): LabelRequirement[] {
    const found: LabelRequirement[] = [];
    for (;;) {
      const next = this.#peek();
      if (next.kind === "end") return found;
      if (!isName(next) && next.text !== "!") {
        throw new LabelSelectorError(`found '${next.text}', expected: !, identifier, or 'end of string'`);
      }
      found.push(this.#requirement());
      const after = this.#take();
      if (after.kind === "end") return found;
      if (after.text !== ",") {
        throw new LabelSelectorError(`found '${after.text}', expected: ',' or 'end of string'`);
      }
      const then = this.#peek();
      if (!isName(then) && then.text !== "!") {
        throw new LabelSelectorError(`found '${then.text}', expected: identifier after ','`);
      }
    }
  }

  #requirement(): LabelRequirement {
    try {
      return this.#readRequirement();
    } catch (error) {
      if (!(error instanceof LabelSelectorError)) throw error;
      throw new LabelSelectorError(`unable to parse requirement: ${error.message}`);
    }
  }

  #readRequirement(): LabelRequirement {
    let token = this.#take();
    const isNegated = token.text === "!" && token.kind === "symbol";
    if (isNegated) token = this.#take();
    if (!isName(token)) throw new LabelSelectorError(`found '${token.text}', expected: identifier`);
    const problems = qualifiedName(token.text);
    if (problems.length > 0) {
      throw new LabelSelectorError(`<nil>: Invalid value: ${JSON.stringify(token.text)}: ${problems.join("; ")}`);
    }
    const next = this.#peek();
    if (isNegated) return new LabelRequirement(token.text, "!", []);
    if (next.kind === "end" || next.text === ",") return new LabelRequirement(token.text, "exists", []);
    const operator = this.#operator();
    const values = operator === "in" || operator === "notin" ? this.#set() : [this.#exact()];
    return new LabelRequirement(token.text, operator, values);
  }

  #operator(): LabelOperator {
    const { text } = this.#take();
    const operator = Object.hasOwn(BINARY, text) ? BINARY[text] : undefined;
    if (operator === undefined) throw new LabelSelectorError(`found '${text}', expected: ${BINARY_SHOWN}`);
    return operator;
  }

  #exact(): string {
    const next = this.#peek();
    if (next.kind === "end" || next.text === ",") return "";
    this.#take();
    if (isName(next)) return next.text;
    throw new LabelSelectorError(`found '${next.text}', expected: identifier`);
  }

  #set(): string[] {
    const open = this.#take();
    if (open.text !== "(") throw new LabelSelectorError(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (first.text === ")") {
      this.#take();
      return [""];
    }
    if (!isName(first) && first.text !== ",") {
      throw new LabelSelectorError(`found '${first.text}', expected: ',', ')' or identifier`);
    }
    const values = this.#list();
    this.#take();
    return [...values].toSorted();
  }

  /** Reads up to the closing parenthesis; empty places between commas are empty values. */
  #list(): Set<string> {
    const values = new Set<string>();
    for (;;) {
      const token = this.#take();
      const next = this.#peek();
      if (isName(token)) {
        values.add(token.text);
        if (next.text === ")") return values;
        if (next.text !== ",") throw new LabelSelectorError(`found '${next.text}', expected: ',' or ')'`);
      } else if (token.text === ",") {
        if (values.size === 0 || next.text === "," || next.text === ")") values.add("");
        if (next.text === ")") return values;
      } else throw new LabelSelectorError(`found '${token.text}', expected: ',', or identifier`);
    }
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", text: "" };
  }

  #take(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }
}

/** `in` and `notin` may stand for names where no operator is expected. */
function isName(token: Token): boolean {
  return token.kind === "identifier" || token.kind === "operator";
}
