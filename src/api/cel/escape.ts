/** Words of the language and of languages near it; a field so named is written `__word__`. */
const RESERVED = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);
const SIGNS: Readonly<Record<string, string>> = {
  __: "__underscores__",
  ".": "__dot__",
  "-": "__dash__",
  "/": "__slash__",
};
const WORDS: Readonly<Record<string, string>> = { underscores: "__", dot: ".", dash: "-", slash: "/" };

/** The identifier a property is called by in expressions; undefined when it has none. */
export function escapeName(name: string): string | undefined {
  if (RESERVED.has(name)) return `__${name}__`;
  if (!/^[A-Za-z_./-][A-Za-z0-9_./-]*$/.test(name)) return undefined;
  return name.replaceAll(/__|[-./]/g, (sign) => SIGNS[sign] ?? sign);
}

/** The property an identifier means; undefined when its escapes mean nothing. */
export function unescapeName(identifier: string): string | undefined {
  if (!identifier.includes("__")) return identifier;
  let isValid = true;
  const name = identifier.replaceAll(/__([^_]+)__/g, (whole, word: string) => {
    const sign = Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
    if (sign !== undefined) return sign;
    if (!RESERVED.has(word) || whole !== identifier) isValid = false;
    return word;
  });
  return isValid ? name : undefined;
}
