import { sourceFiles } from "./source_files.ts";

const EXPORT =
  /(?:^|\n)export (?:declare )?(?:abstract )?(?:async )?(const|let|function\*?|class|interface|type) ([A-Za-z_$][\w$]*)/g;

/** The declared types of the API are public as a whole; each is used by its parent's declaration. */
const DECLARATIONS = /^src\/api\/[a-z0-9]+\/[a-z0-9_]+\.ts$/;

/**
 * Names that are exported but that no other file mentions: they need no `export`, or are not needed at all. A type that
 * its own file uses in what it exports is part of that signature and may be named.
 */
export function deadExports(): string[] {
  const files = sourceFiles("src", "test", "tools", "bench");
  const words = new Map(files.map((file) => [file.path, new Set(file.text.match(/[A-Za-z_$][\w$]*/g))]));
  const mentions = new Map<string, number>();
  for (const set of words.values()) for (const word of set) mentions.set(word, (mentions.get(word) ?? 0) + 1);
  return files
    .filter((file) => file.path.startsWith("src/") && !DECLARATIONS.test(file.path))
    .flatMap((file) =>
      Array.from(file.text.matchAll(EXPORT), (match) => ({ form: match[1] ?? "", name: match[2] ?? "" }))
        .filter(({ name }) => (mentions.get(name) ?? 0) < 2)
        .filter(({ form, name }) => !(form === "interface" || form === "type") || uses(file.text, name) < 2)
        .map(({ name }) => `${file.path}: nothing else uses the export ${name}; drop "export" or the thing`),
    );
}

function uses(text: string, name: string): number {
  return text.match(new RegExp(`\\b${name.replaceAll("$", "\\$")}\\b`, "g"))?.length ?? 0;
}
