import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutSchemas } from "./definition_text.ts";

const cases = [
  { name: "one", versions: [{ name: "v1", schema: { openAPIV3Schema: { type: "object" } } }] },
  {
    name: "several",
    versions: [1, 2].map((n) => ({ schema: { openAPIV3Schema: { properties: { n } } }, name: `v${n}` })),
  },
  {
    name: "braces and quotes in texts",
    versions: [{ schema: { openAPIV3Schema: { description: '"}\\' } }, name: "v1" }],
  },
  {
    name: "its own name in a text and as a property",
    versions: [
      {
        schema: { openAPIV3Schema: { description: '"openAPIV3Schema":{', properties: { openAPIV3Schema: {} } } },
        name: "v1",
      },
    ],
  },
  { name: "none", versions: [{ name: "v1" }] },
];
for (const { name, versions } of cases) {
  test(`withoutSchemas() empties schemas and nothing else: ${name}`, () => {
    const definition = { metadata: { annotations: { note: '"openAPIV3Schema":{"x":1}' } }, spec: { versions } };
    const emptied = versions.map((each) => ("schema" in each ? { ...each, schema: { openAPIV3Schema: {} } } : each));
    assert.deepEqual(JSON.parse(withoutSchemas(JSON.stringify(definition))), {
      ...definition,
      spec: { versions: emptied },
    });
  });
}
