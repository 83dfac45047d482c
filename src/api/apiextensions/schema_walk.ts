import { additionalOf, itemsOf, type JsonSchema } from "./json_schema.ts";

/** A schema and all that is in it, each before what is below it. */
export function* everySchema(schema: JsonSchema | undefined): Generator<JsonSchema> {
  if (schema === undefined) return;
  yield schema;
  for (const inner of innerSchemas(schema)) yield* everySchema(inner);
}

function innerSchemas(schema: JsonSchema): JsonSchema[] {
  const { properties = {}, definitions = {}, patternProperties = {}, allOf = [], anyOf = [], oneOf = [], not } = schema;
  const single = [itemsOf(schema), additionalOf(schema), not].filter((each) => each !== undefined);
  const named = [properties, definitions, patternProperties].flatMap((each) => Object.values(each));
  return [...single, ...named, ...allOf, ...anyOf, ...oneOf];
}
