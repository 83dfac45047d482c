import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap } from "../core/configmap.ts";
import type { KubeObject } from "../object.ts";
import { validateCreate } from "./validate.ts";

test("validation breaks off when nobody would read on", () => {
  const configMap = (owners: number) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: "a",
      namespace: "b",
      ownerReferences: Array.from({ length: owners }, (_, at) => ({
        apiVersion: "v1",
        kind: "X",
        name: `n${at}`,
        uid: "u",
        controller: true,
      })),
    },
  });
  const size = (owners: number) =>
    validateCreate(ConfigMap, configMap(owners) as unknown as KubeObject).reduce(
      (sum, { message }) => sum + message.length,
      0,
    );
  // Each second controller is refused with a text that quotes all of them.
  assert.ok(size(20) > 20_000);
  assert.ok(size(2_000) < 2_000_000, `${size(2_000)} characters`);
});
