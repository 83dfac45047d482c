import { existsSync, readdirSync, readFileSync } from "node:fs";

const HEADINGS = ["## Owns", "## May import", "## Must always hold", "## Start reading here", "## Its tests"];

/** Each room opens with a README of the same five headings, in the same order. */
export function roomReadmes(): string[] {
  return readdirSync("src").flatMap((room) => {
    const path = `src/${room}/README.md`;
    if (!existsSync(path)) return [`${path} is missing: write its five headings (${HEADINGS.join(", ")})`];
    const found = readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line.startsWith("## "));
    return found.join() === HEADINGS.join()
      ? []
      : [`${path}: headings must be ${HEADINGS.join(", ")}; found ${found.join(", ")}`];
  });
}
