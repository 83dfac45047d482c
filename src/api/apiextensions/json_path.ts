import { isJsonObject, own, type Json } from "../json.ts";

/** One step of a path: a member, an item, all of them, or those for which a comparison holds. */
type Step =
  | { readonly member: string }
  | { readonly index: number }
  | { readonly all: true }
  | { readonly where: readonly Step[]; readonly operator: string; readonly value: Json };

/** The path cannot be read. */
export class JsonPathError extends Error {
  override readonly name = "JsonPathError";
}

/** What a path leads to in an object; nothing where a member is missing. */
export type JsonPath = (root: Json) => Json[];

/**
 * Reads the JSON paths of printer columns: `.spec.replicas`, `.metadata.annotations.a\.b`, `.items[0]`, `.items[*]`,
 * `.conditions[?(@.type=="Ready")].status`.
 *
 * @throws {JsonPathError}
 */
export function parseJsonPath(text: string): JsonPath {
  const steps = stepsOf(text);
  return (root) => follow([root], steps);
}

function follow(values: readonly Json[], steps: readonly Step[]): Json[] {
  let found = [...values];
  for (const step of steps) found = found.flatMap((value) => take(value, step));
  return found;
}

function take(value: Json, step: Step): Json[] {
  if ("member" in step) {
    const member = isJsonObject(value) ? own(value, step.member) : undefined;
    return member === undefined ? [] : [member];
  }
  const items = Array.isArray(value) ? value : isJsonObject(value) && "all" in step ? Object.values(value) : [];
  if ("all" in step) return items;
  if ("index" in step) {
    const item = items.at(step.index);
    return item === undefined ? [] : [item];
  }
  return items.filter((item) => holds(item, step.where, step.operator, step.value));
}

function holds(item: Json, where: readonly Step[], operator: string, wanted: Json): boolean {
  const [value] = follow([item], where);
  if (operator === "exists") return value !== undefined;
  if (value === undefined) return false;
  if (operator === "==") return value === wanted;
  if (operator === "!=") return value !== wanted;
  const order = compare(value, wanted);
  if (order === undefined) return false;
  if (operator === "<") return order < 0;
  if (operator === ">") return order > 0;
  return operator === "<=" ? order <= 0 : order >= 0;
}

/** Only numbers with numbers and texts with texts have an order. */
function compare(a: Json, b: Json): number | undefined {
  const areNumbers = typeof a === "number" && typeof b === "number";
  const areTexts = typeof a === "string" && typeof b === "string";
  if (!areNumbers && !areTexts) return undefined;
  return a < b ? -1 : a > b ? 1 : 0;
}

const NAME_END = new Set([".", "[", "]", "(", ")", "=", "!", "<", ">", " "]);

function stepsOf(text: string): Step[] {
  const steps: Step[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at];
    if (char === "[") {
      const end = closing(text, at);
      steps.push(bracketStep(text.slice(at + 1, end)));
      at = end + 1;
    } else if (char === ".") {
      const { name, end } = nameAt(text, at + 1);
      if (name !== "") steps.push(name === "*" ? { all: true } : { member: name });
      at = end;
    } else throw new JsonPathError(`unrecognized character in action: ${JSON.stringify(char)}`);
  }
  return steps;
}

/** The member name from `start` on; a backslash keeps the next character from ending it. */
function nameAt(text: string, start: number): { name: string; end: number } {
  let name = "";
  let at = start;
  for (; at < text.length && !NAME_END.has(text.charAt(at)); at++) {
    if (text[at] === "\\") at++;
    name += text.charAt(at);
  }
  return { name, end: at };
}

/** The bracket that closes the one at `start`, quoted ones left aside. */
function closing(text: string, start: number): number {
  let quote = "";
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text.charAt(at);
    if (quote !== "") {
      if (char === "\\") at++;
      else if (char === quote) quote = "";
    } else if (char === '"' || char === "'") quote = char;
    else if (char === "[") depth++;
    else if (char === "]" && --depth === 0) return at;
  }
  throw new JsonPathError("unterminated array");
}

function bracketStep(inner: string): Step {
  const text = inner.trim();
  if (text === "*") return { all: true };
  if (/^-?\d+$/.test(text)) return { index: Number(text) };
  const filter = /^\?\(\s*@(.*)\)$/s.exec(text);
  if (filter) return filterStep(filter[1]?.trim() ?? "");
  const quoted = literal(text);
  if (typeof quoted === "string") return { member: quoted };
  throw new JsonPathError(`invalid array index ${text}`);
}

function filterStep(text: string): Step {
  const parts = /^((?:[^=!<>"']|\\.)*?)\s*(==|!=|<=|>=|<|>)\s*(.+)$/s.exec(text);
  if (!parts) return { where: stepsOf(text), operator: "exists", value: null };
  const [, left = "", operator = "", right = ""] = parts;
  const value = literal(right.trim());
  if (value === undefined) throw new JsonPathError(`unrecognized filter value ${right}`);
  return { where: stepsOf(left), operator, value };
}

function literal(text: string): Json | undefined {
  const quote = text.charAt(0);
  if ((quote === '"' || quote === "'") && text.length > 1 && text.endsWith(quote)) {
    return text.slice(1, -1).replace(/\\(.)/gs, "$1");
  }
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** The value at a plain path (`.spec.replicas`) without brackets, as the paths of scale and field selectors are. */
export function valueAt(object: Json, path: string): Json | undefined {
  let value: Json | undefined = object;
  for (const name of plainPath(path)) value = isJsonObject(value) ? own(value, name) : undefined;
  return value;
}

/** The members a plain path names. */
export function plainPath(path: string): string[] {
  return path.replace(/^\./, "").split(".");
}
