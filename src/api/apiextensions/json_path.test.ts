import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonPathError, parseJsonPath } from "./json_path.ts";

const OBJECT = {
  metadata: { annotations: { "a.b/c": "dotted" } },
  spec: { replicas: 2, list: [1, 2, 3] },
  status: {
    conditions: [
      { type: "Ready", status: "True", weight: 1 },
      { type: "Synced", status: "False", weight: 5, note: "x" },
    ],
  },
};

const cases: readonly (readonly [string, unknown[]])[] = [
  [".spec.replicas", [2]],
  [".spec.nothing.below", []],
  [".metadata.annotations.a\\.b/c", ["dotted"]],
  [".metadata.annotations['a.b/c']", ["dotted"]],
  [".spec.list[0]", [1]],
  [".spec.list[-1]", [3]],
  [".spec.list[9]", []],
  [".spec.list[*]", [1, 2, 3]],
  ['.status.conditions[?(@.type=="Ready")].status', ["True"]],
  [".status.conditions[?(@.type == 'Synced')].status", ["False"]],
  [".status.conditions[?(@.weight>=5)].type", ["Synced"]],
  [".status.conditions[?(@.type!='Ready')].type", ["Synced"]],
  [".status.conditions[?(@.note)].type", ["Synced"]],
  [".__proto__", []],
];
for (const [path, found] of cases) {
  test(`${path} leads to ${JSON.stringify(found)}`, () => assert.deepEqual(parseJsonPath(path)(OBJECT), found));
}

for (const path of [".a[", ".a[x]", ".a[?(@.b==c)]", "a"]) {
  test(`${path} cannot be read`, () => assert.throws(() => parseJsonPath(path), JsonPathError));
}
