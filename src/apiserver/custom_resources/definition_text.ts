import type { CustomResourceDefinition } from "#api/apiextensions/customresourcedefinition.ts";
import type { Entry } from "#store/store.ts";

const decoder = new TextDecoder();

/** Reads a stored definition with all its schemas. */
export function definitionIn(entry: Entry): CustomResourceDefinition {
  return parsed(decoder.decode(entry.value), entry);
}

/**
 * Reads a stored definition with empty schemas. They are nearly all of it, and hundreds of definitions are read at
 * each start: to pass over their text takes a tenth of the time of parsing it.
 */
export function outlineIn(entry: Entry): CustomResourceDefinition {
  return parsed(withoutSchemas(decoder.decode(entry.value)), entry);
}

function parsed(text: string, { modRevision }: Entry): CustomResourceDefinition {
  const definition = JSON.parse(text) as CustomResourceDefinition;
  definition.metadata.resourceVersion = String(modRevision);
  return definition;
}

/** A schema's name and its opening brace. It cannot stand inside a text, where its quotes would have backslashes. */
const SCHEMA = '"openAPIV3Schema":{';
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** The JSON of a definition with nothing in its schemas. */
export function withoutSchemas(text: string): string {
  const parts: string[] = [];
  let kept = 0;
  for (let at = text.indexOf(SCHEMA); at >= 0; at = text.indexOf(SCHEMA, kept)) {
    const open = at + SCHEMA.length - 1;
    parts.push(text.slice(kept, open + 1));
    kept = closingBrace(text, open);
  }
  parts.push(text.slice(kept));
  return parts.join("");
}

/** Where the object that opens at `open` closes. */
function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = closingQuote(text, at);
    else if (char === OPEN) depth++;
    else if (char === CLOSE && --depth === 0) return at;
  }
  throw new SyntaxError("An object in a stored definition does not close");
}

/** The built-in search finds the next quote faster than a loop looks at the characters before it. */
function closingQuote(text: string, open: number): number {
  let at = text.indexOf('"', open + 1);
  while (at >= 0 && isEscaped(text, at)) at = text.indexOf('"', at + 1);
  return at < 0 ? text.length : at;
}

function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text.charCodeAt(before - 1) === BACKSLASH) before--;
  return (at - before) % 2 === 1;
}
