import { sourceFiles } from "./source_files.ts";

/** No file is longer than this; one that is holds more than one thing. */
const LINES_MAX = 450;

export function fileSizes(): string[] {
  return sourceFiles("src", "test", "tools", "bench")
    .map((file) => ({ path: file.path, lines: file.text.split("\n").length - 1 }))
    .filter((file) => file.lines > LINES_MAX)
    .map((file) => `${file.path}: ${file.lines} lines, at most ${LINES_MAX}: split it by what it holds`);
}
