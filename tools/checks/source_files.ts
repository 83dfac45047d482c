import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface SourceFile {
  /** Relative to the repository, for example `src/base/clock.ts`. */
  readonly path: string;
  readonly text: string;
}

/** Every TypeScript file below the directories named, in order of path. */
export function sourceFiles(...directories: readonly string[]): SourceFile[] {
  return directories
    .flatMap((directory) =>
      readdirSync(directory, { recursive: true, encoding: "utf8" }).map((name) => join(directory, name)),
    )
    .filter((path) => path.endsWith(".ts"))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(path, "utf8") }));
}

/** What a file imports, as written: `#base/clock.ts`, `./heap.ts`, `node:fs`, `ws`. */
export function importsOf(file: SourceFile): string[] {
  const found = file.text.matchAll(
    /(?:^|\n)(?:import|export)\b[^;'"]*?from\s+"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)|(?:^|\n)import\s+"([^"]+)"/g,
  );
  return Array.from(found, (match) => match[1] ?? match[2] ?? match[3] ?? "");
}
