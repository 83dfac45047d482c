/**
 * Reads the texts of `kubectl explain` out of the type declarations of @kubernetes/client-node (a development
 * dependency) into a file that is not committed: they are Kubernetes' words, not ours.
 *
 *     node tools/extract_descriptions.ts [FILE]      # default: dist/descriptions.json
 *
 * Without that file the server runs as well; explain then shows types without texts.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const MODELS = join(ROOT, "node_modules/@kubernetes/client-node/dist/gen/models");
const NOTICE =
  "Descriptions of the Kubernetes API, Copyright The Kubernetes Authors, licensed under the Apache License 2.0. " +
  "Taken from @kubernetes/client-node, see its LICENSE.";

const CLASS = /\/\*\*\n((?:\s*\*(?!\/).*\n)+)\s*\*\/\nexport declare class (\w+)/;
const FIELD = /\/\*\*\n((?:\s*\*(?!\/).*\n)+)\s*\*\/\n\s*'([^']+)'\??:/g;

/** The text of a comment's lines, as it was before the generator escaped it. */
function textOf(lines: string): string {
  const text = lines.replaceAll(/^\s*\* ?/gm, "").trim();
  return text
    .replaceAll(/\\(['"`\\])/g, "$1")
    .replaceAll("*_/", "*/")
    .replaceAll("/_*", "/*");
}

/** Texts of one model: "" for the type itself, else by field. */
export function describeModel(source: string): { name: string; texts: Record<string, string> } | undefined {
  const found = CLASS.exec(source);
  const name = found?.[2] ?? /export declare class (\w+)/.exec(source)?.[1];
  if (name === undefined) return undefined;
  const texts: Record<string, string> = {};
  if (found?.[1]) texts[""] = textOf(found[1]);
  for (const [, lines = "", field = ""] of source.matchAll(FIELD)) {
    texts[field.replace(/^_/, "")] = textOf(lines);
  }
  return { name, texts };
}

function main(target: string): void {
  if (!existsSync(MODELS)) {
    console.error(`Cannot read descriptions as ${MODELS} is missing: run npm ci with development dependencies.`);
    process.exitCode = 1;
    return;
  }
  const models: Record<string, Record<string, string>> = { NOTICE: { "": NOTICE } };
  for (const file of readdirSync(MODELS).filter((name) => name.endsWith(".d.ts"))) {
    const model = describeModel(readFileSync(join(MODELS, file), "utf8"));
    if (model && Object.keys(model.texts).length > 0) models[model.name] = model.texts;
  }
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, JSON.stringify(models));
  const fields = Object.values(models).reduce((sum, texts) => sum + Object.keys(texts).length, 0);
  console.log(`${target}: ${fields} descriptions of ${Object.keys(models).length - 1} types`);
}

if (import.meta.main) main(process.argv[2] ?? join(ROOT, "dist/descriptions.json"));
