import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer, type AnyJson } from "../testing.ts";
import { CRDS, CRON_TABS, VERSION, cronTab, cronTabs, define } from "./fixtures.ts";

const MERGE = { contentType: "application/merge-patch+json" };

/** The definition with rules for the spec. */
function withRules(...rules: object[]): AnyJson {
  const version = structuredClone(VERSION);
  version.schema.openAPIV3Schema.properties.spec["x-kubernetes-validations"] = rules;
  return cronTabs({ versions: [version] });
}

test("objects are held against the rules in the schema, changes against what was before", async () => {
  const server = await testServer();
  const rules = [
    { rule: "self.replicas <= 5 || self.mode == 'Fast'", message: "many replicas must be fast" },
    { rule: "self.cronSpec == oldSelf.cronSpec", messageExpression: "'stays ' + oldSelf.cronSpec" },
  ];
  await define(server, withRules(...rules));
  const slow = await server.call("POST", CRON_TABS, cronTab("a", { replicas: 6, mode: "Slow" }));
  assert.equal(
    slow.json.message,
    'CronTab.stable.example.com "a" is invalid: spec: Invalid value: many replicas must be fast',
  );
  await server.call("POST", CRON_TABS, cronTab("a"));
  const other = await server.call("PATCH", `${CRON_TABS}/a`, { spec: { cronSpec: "1 * * * *" } }, MERGE);
  assert.match(other.json.message, /spec: Invalid value: stays \* \* \* \* \*\/5$/);
});

test("a definition whose rules cannot be evaluated is refused", async () => {
  const { call } = await testServer();
  const { code, json } = await call("POST", CRDS, withRules({ rule: "self.nothing > 1" }));
  assert.equal(code, 422);
  assert.match(json.message, /x-kubernetes-validations\[0\].rule: Invalid value: .*undefined field 'nothing'/s);
  const empty = await call("POST", CRDS, withRules({ rule: " " }));
  assert.match(empty.json.message, /x-kubernetes-validations\[0\].rule: Required value: rule is not specified/);
});
