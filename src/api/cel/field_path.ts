import { additionalOf, propertyOf, type RuleSchema } from "./rule_schema.ts";
import { LETTER_ESCAPES } from "./unescape.ts";

const TOKEN = /'(?:\\'|[^'])*'|[.[\]]|[^.[\]']+|'/y;
const ESCAPES: Readonly<Record<string, string>> = { ...LETTER_ESCAPES, "'": "'", "\\": "\\" };

function tokensOf(path: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let found = TOKEN.exec(path); found !== null; found = TOKEN.exec(path)) tokens.push(found[0]);
  return tokens;
}

/** What stands in single quotes; undefined when it does not, or an escape means nothing. */
function unquoted(token: string): string | undefined {
  if (token.length < 2 || !token.startsWith("'") || !token.endsWith("'")) return undefined;
  let isValid = true;
  const text = token.slice(1, -1).replaceAll(/\\([^])/g, (_, char: string) => {
    const meant = Object.hasOwn(ESCAPES, char) ? ESCAPES[char] : undefined;
    if (meant === undefined) isValid = false;
    return meant ?? "";
  });
  return isValid ? text : undefined;
}

/**
 * Reads a rule's `fieldPath`: `.a.b`, `['a']`, through objects and maps but not lists.
 *
 * @returns The path as errors show it, undefined when it leads to nothing that the schema has.
 */
export function normalizedFieldPath(path: string, schema: RuleSchema): string | undefined {
  const tokens = tokensOf(path);
  let at: RuleSchema | undefined = schema;
  let shown = "";
  for (let i = 0; i < tokens.length;) {
    const isDot = tokens[i] === ".";
    if (!isDot && (tokens[i] !== "[" || tokens[i + 2] !== "]")) return undefined;
    const token = tokens[i + 1];
    const name: string | undefined = isDot || token === undefined ? token : unquoted(token);
    if (name === undefined || at === undefined) return undefined;
    const isNamed: boolean = at.properties !== undefined;
    at = isNamed ? propertyOf(at, name) : additionalOf(at);
    if (at === undefined) return undefined;
    shown += isNamed ? `${shown === "" ? "" : "."}${name}` : `[${name}]`;
    i += isDot ? 2 : 3;
  }
  return shown;
}
