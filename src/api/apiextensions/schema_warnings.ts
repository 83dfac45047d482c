import type { CustomResourceDefinitionSpec } from "./customresourcedefinition.ts";
import { itemsOf, type JsonSchema } from "./json_schema.ts";
import { everySchema } from "./schema_walk.ts";
import { isKnownFormat } from "./value_formats.ts";

/** What a definition's author should know of its schemas; only what is new when it is changed. */
export function schemaWarnings(
  next: CustomResourceDefinitionSpec,
  previous: CustomResourceDefinitionSpec | undefined,
): string[] {
  const known = new Set(previous ? warningsOf(previous) : []);
  return warningsOf(next).filter((warning) => !known.has(warning));
}

function warningsOf({ versions }: CustomResourceDefinitionSpec): string[] {
  const formats: string[] = [];
  const sets = new Set<string>();
  for (const { schema } of versions) {
    for (const each of everySchema(schema?.openAPIV3Schema)) {
      if (each.format && !isKnownFormat(each.format, each.type ?? "")) {
        formats.push(`unrecognized format ${JSON.stringify(each.format)}`);
      }
      const type = setItemType(each);
      if (type) {
        sets.add(
          `x-kubernetes-list-type: set for items of type ${JSON.stringify(type)} is not supported by server-side apply or CEL validation rules`,
        );
      }
    }
  }
  return [...formats, ...[...sets].toSorted()];
}

function setItemType(schema: JsonSchema): string | undefined {
  if (schema["x-kubernetes-list-type"] !== "set") return undefined;
  const type = itemsOf(schema)?.type;
  return type === "object" || type === "array" ? type : undefined;
}
