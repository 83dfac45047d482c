import { DEPTH_MAX, SyntaxProblem, type Member, type Node } from "./document.ts";

/** How Go's decoder shows a character in a complaint. */
function quoted(char: string): string {
  if (char === "'") return String.raw`'\''`;
  if (char === '"') return `'"'`;
  const shown = JSON.stringify(char);
  return `'${shown.slice(1, -1)}'`;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

/**
 * Reads JSON slowly but remembers order and repetition, and words its complaints as Go's decoder does. Used only
 * for bodies known to be wrong or repetitive; JSON.parse reads the others.
 *
 * @throws {SyntaxProblem} If the text is not one JSON value.
 */
export function scanJson(text: string): Node {
  const scanner = new Scanner(text);
  const node = scanner.value(1);
  scanner.end();
  return node;
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): Node {
    if (depth > DEPTH_MAX) throw new SyntaxProblem("exceeded max depth");
    const char = this.#next();
    if (char === "{") return this.#object(depth);
    if (char === "[") return this.#array(depth);
    if (char === '"') this.#string();
    else if (char === "t") this.#literal("true");
    else if (char === "f") this.#literal("false");
    else if (char === "n") this.#literal("null");
    else if (char === "-" || (char >= "0" && char <= "9")) this.#number();
    else throw this.#unexpected("looking for beginning of value");
    return { type: "scalar" };
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected("after top-level value");
  }

  #object(depth: number): Node {
    const members: Member[] = [];
    this.#at++;
    if (this.#next() === "}") {
      this.#at++;
      return { type: "object", members };
    }
    for (;;) {
      if (this.#next() !== '"') throw this.#unexpected("looking for beginning of object key string");
      const name = this.#string();
      if (this.#next() !== ":") throw this.#unexpected("after object key");
      this.#at++;
      members.push({ name, node: this.value(depth + 1) });
      const char = this.#next();
      if (char !== "," && char !== "}") throw this.#unexpected("after object key:value pair");
      this.#at++;
      if (char === "}") return { type: "object", members };
    }
  }

  #array(depth: number): Node {
    const items: Node[] = [];
    this.#at++;
    if (this.#next() === "]") {
      this.#at++;
      return { type: "array", items };
    }
    for (;;) {
      items.push(this.value(depth + 1));
      const char = this.#next();
      if (char !== "," && char !== "]") throw this.#unexpected("after array element");
      this.#at++;
      if (char === "]") return { type: "array", items };
    }
  }

  #string(): string {
    const start = this.#at++;
    for (;;) {
      const char = this.#text[this.#at] ?? "";
      if (char === '"') {
        this.#at++;
        return JSON.parse(this.#text.slice(start, this.#at)) as string;
      }
      if (char < " ") throw this.#unexpected("in string literal");
      this.#at++;
      if (char === "\\") this.#escape();
    }
  }

  #escape(): void {
    const code = this.#text[this.#at] ?? "";
    if (!'"\\/bfnrtu'.includes(code) || code === "") throw this.#unexpected("in string escape code");
    this.#at++;
    if (code !== "u") return;
    for (let digit = 0; digit < 4; digit++, this.#at++) {
      const hexadecimal = /^[0-9a-fA-F]$/.test(this.#text[this.#at] ?? "");
      if (!hexadecimal) throw this.#unexpected(String.raw`in \u hexadecimal character escape`);
    }
  }

  #literal(word: string): void {
    for (const [index, char] of [...word].entries()) {
      if (this.#text[this.#at] !== char) throw this.#unexpected(`in literal ${word} (expecting '${word[index]}')`);
      this.#at++;
    }
  }

  #number(): void {
    NUMBER.lastIndex = this.#at;
    if (!NUMBER.test(this.#text)) {
      this.#at++;
      throw this.#unexpected("in numeric literal");
    }
    this.#at = NUMBER.lastIndex;
    const char = this.#text[this.#at];
    if (char === ".") {
      this.#at++;
      throw this.#unexpected("after decimal point in numeric literal");
    }
    if (char === "e" || char === "E") {
      this.#at++;
      if (this.#text[this.#at] === "+" || this.#text[this.#at] === "-") this.#at++;
      throw this.#unexpected("in exponent of numeric literal");
    }
  }

  #space(): void {
    while (" \t\r\n".includes(this.#text[this.#at] ?? "x")) this.#at++;
  }

  /** The next character that is not space. */
  #next(): string {
    this.#space();
    const char = this.#text[this.#at];
    if (char === undefined) throw this.#unexpected("");
    return char;
  }

  #unexpected(context: string): SyntaxProblem {
    const point = this.#text.codePointAt(this.#at);
    if (point === undefined) return new SyntaxProblem("unexpected end of JSON input");
    return new SyntaxProblem(`invalid character ${quoted(String.fromCodePoint(point))} ${context}`);
  }
}
