/** The selector cannot be read or used; `message` is what Kubernetes says. */
export class FieldSelectorError extends Error {
  override readonly name = "FieldSelectorError";
}

export interface FieldTerm {
  readonly field: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

/** Reads a field of an object as text. */
export type FieldReader<T> = (object: T) => string;

/** Terms of `metadata.name=a,status.phase!=Running`, sorted as Kubernetes sorts them. Throws FieldSelectorError. */
export function parseFieldSelector(text: string): FieldTerm[] {
  return splitTerms(text)
    .toSorted()
    .filter((term) => term !== "")
    .map((term) => {
      const parts = /^([^]*?)(!=|==|=)([^]*)$/.exec(term);
      if (parts === null) throw new FieldSelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
      const [, field = "", operator, value = ""] = parts;
      return { field, operator: operator === "!=" ? "!=" : "=", value: unescapeValue(value) };
    });
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === ",") {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function unescapeValue(text: string): string {
  let value = "";
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === "," || char === "=") {
      throw new FieldSelectorError(`invalid field selector: unescaped character in value: ${char.charCodeAt(0)}`);
    }
    if (char !== "\\") {
      value += char;
      continue;
    }
    const next = text.charAt(++i);
    if (next === "" || !"\\,=".includes(next)) {
      throw new FieldSelectorError(`invalid field selector: invalid escape sequence: \\${next}`);
    }
    value += next;
  }
  return value;
}

/** Escapes a literal for use as a value in a field selector. */
export function escapeFieldValue(value: string): string {
  return value.replace(/[\\,=]/g, "\\$&");
}

export function formatFieldSelector(terms: readonly FieldTerm[]): string {
  return terms.map((term) => `${term.field}${term.operator}${escapeFieldValue(term.value)}`).join(",");
}

interface Named {
  readonly metadata: { readonly name?: string | undefined; readonly namespace?: string | undefined };
}

const METADATA_FIELDS: Readonly<Record<string, FieldReader<Named>>> = {
  "metadata.name": (object) => object.metadata.name ?? "",
  "metadata.namespace": (object) => object.metadata.namespace ?? "",
};

interface SelectableKind<T> {
  readonly kind: string;
  readonly group: string;
  readonly scope: "Namespaced" | "Cluster";
  readonly selectableFields?: Readonly<Record<string, FieldReader<T>>> | undefined;
}

/**
 * Compiles a field selector for a kind. Throws FieldSelectorError when a term names a field the kind does not
 * offer: `field label not supported: spec.foo`.
 */
export function fieldMatcher<T extends Named>(
  kind: SelectableKind<T>,
  terms: readonly FieldTerm[],
): (object: T) => boolean {
  const checks = terms.map(({ field, operator, value }) => {
    const read = readerOf(kind, field);
    return (object: T) => (read(object) === value) === (operator === "=");
  });
  return (object) => checks.every((check) => check(object));
}

function readerOf<T extends Named>(kind: SelectableKind<T>, field: string): FieldReader<T> {
  const own = kind.selectableFields ?? {};
  if (Object.hasOwn(own, field)) {
    const read = own[field];
    if (read !== undefined) return read;
  }
  const isPlain = Object.keys(own).length === 0;
  const hasNamespace = kind.scope === "Namespaced" || isPlain;
  const isOffered = field === "metadata.name" || (field === "metadata.namespace" && hasNamespace);
  const read = isOffered ? METADATA_FIELDS[field] : undefined;
  if (read !== undefined) return read;
  // Kinds without fields of their own are worded differently.
  const known = `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
  throw new FieldSelectorError(isPlain ? known : `field label not supported: ${field}`);
}

/** The exact value a selector asks of a field, so a list can be narrowed to it before it is filtered. */
export function exactFieldValue(terms: readonly FieldTerm[], field: string): string | undefined {
  return terms.find((term) => term.field === field && term.operator === "=")?.value;
}
