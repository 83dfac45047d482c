import { readFileSync } from "node:fs";
import { descriptionsFrom, type DescriptionFile, type Descriptions } from "#api/openapi/descriptions.ts";

/**
 * The texts of `kubectl explain` that set-up extracted (tools/extract_descriptions.ts), read when they are first asked
 * for: a start does not wait for two megabytes of prose. Without the file only our own texts are shown.
 */
export function explainTexts(): Descriptions {
  let texts: Descriptions | undefined;
  return (definition, field) => {
    texts ??= read(`${process.env["KNARR_ROOT"] ?? process.cwd()}/dist/descriptions.json`);
    return texts(definition, field);
  };
}

function read(path: string): Descriptions {
  try {
    return descriptionsFrom(JSON.parse(readFileSync(path, "utf8")) as DescriptionFile);
  } catch {
    return () => undefined;
  }
}
