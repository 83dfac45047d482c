import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer, type AnyJson, type TestServer } from "../testing.ts";
import { CRDS, CRON_TABS, VERSION, cronTab, cronTabs, define } from "./fixtures.ts";

const MERGE = { contentType: "application/merge-patch+json" };

/** A definition of CronTab with these properties of the spec and rules upon it. */
function ruled(properties: AnyJson, ...rules: AnyJson[]): AnyJson {
  const spec = { type: "object", properties, "x-kubernetes-validations": rules };
  const status = { type: "object", properties: { phase: { type: "string" } } };
  const openAPIV3Schema = { type: "object", properties: { spec, status } };
  const version = { ...VERSION, schema: { openAPIV3Schema }, subresources: { status: {} }, selectableFields: [] };
  return cronTabs({ versions: [version] });
}

const PROPERTIES = {
  cronSpec: { type: "string" },
  minReplicas: { type: "integer" },
  replicas: { type: "integer" },
  class: {
    type: "string",
    "x-kubernetes-validations": [
      { rule: "self == oldSelf", message: "class is immutable", reason: "FieldValueForbidden" },
    ],
  },
};
const AT_LEAST = {
  rule: "!has(self.minReplicas) || !has(self.replicas) || self.minReplicas <= self.replicas",
  message: "replicas must not be below minReplicas",
  fieldPath: ".replicas",
};

async function withRules(...rules: AnyJson[]): Promise<TestServer> {
  const server = await testServer();
  await define(server, ruled(PROPERTIES, AT_LEAST, ...rules));
  return server;
}

test("an object that breaks a rule is refused with the rule's message at the rule's field", async () => {
  const { call } = await withRules();
  const { code, json } = await call("POST", CRON_TABS, cronTab("a", { minReplicas: 3, replicas: 2 }));
  assert.equal(code, 422);
  assert.equal(json.reason, "Invalid");
  assert.equal(
    json.message,
    'CronTab.stable.example.com "a" is invalid: spec.replicas: Invalid value: replicas must not be below minReplicas',
  );
  assert.deepEqual(json.details.causes, [
    {
      reason: "FieldValueInvalid",
      message: "Invalid value: replicas must not be below minReplicas",
      field: "spec.replicas",
    },
  ]);
  assert.equal((await call("POST", CRON_TABS, cronTab("a", { minReplicas: 2, replicas: 2 }))).code, 201);
});

test("a rule on a change is asked when there is something to compare with", async () => {
  const { call } = await withRules();
  assert.equal((await call("POST", CRON_TABS, cronTab("a", { class: "gold" }))).code, 201);
  const changed = await call("PATCH", `${CRON_TABS}/a`, { spec: { class: "lead" } }, MERGE);
  assert.equal(changed.code, 422);
  assert.deepEqual(changed.json.details.causes, [
    { reason: "FieldValueForbidden", message: "Forbidden: class is immutable", field: "spec.class" },
  ]);
  const other = await call("PATCH", `${CRON_TABS}/a`, { spec: { class: "gold", replicas: 3 } }, MERGE);
  assert.equal(other.code, 200, other.text);
});

test("what is wrong already and does not change does not stand in the way of other changes", async () => {
  const server = await testServer();
  const { call } = server;
  await define(server, ruled({ cronSpec: { type: "string" }, replicas: { type: "integer" } }));
  assert.equal((await call("POST", CRON_TABS, cronTab("a", { replicas: 9 }))).code, 201);
  const { json: definition } = await call("GET", `${CRDS}/crontabs.stable.example.com`);
  const { properties } = definition.spec.versions[0].schema.openAPIV3Schema.properties.spec;
  properties.replicas["x-kubernetes-validations"] = [{ rule: "self < 5" }];
  const stricter = await call("PUT", `${CRDS}/crontabs.stable.example.com`, definition);
  assert.equal(stricter.code, 200, stricter.text);
  const untouched = await call("PATCH", `${CRON_TABS}/a`, { spec: { cronSpec: "5 * * * *" } }, MERGE);
  assert.equal(untouched.code, 200, untouched.text);
  const worse = await call("PATCH", `${CRON_TABS}/a`, { spec: { replicas: 8 } }, MERGE);
  assert.equal(worse.json.details.causes[0].message, "Invalid value: 8: failed rule: self < 5");
});

test("rules are not asked of an object whose form is wrong, and the answer says so", async () => {
  const { call } = await withRules();
  const { json } = await call("POST", CRON_TABS, cronTab("a", { minReplicas: "3", replicas: 2 }));
  const messages = json.details.causes.map(({ field, message }: AnyJson) => `${field}: ${message}`);
  assert.deepEqual(messages, [
    'spec.minReplicas: Invalid value: "string": spec.minReplicas in body must be of type integer: "string"',
    "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
  ]);
});

test("a definition is refused whose rule does not compile, looks back in vain, or costs too much", async () => {
  const { call } = await testServer();
  const list = { type: "array", items: { type: "string" } };
  const bad = ruled({ a: { type: "integer" }, list }, { rule: "self.a > 'x'" }, { rule: "self.b == 1" }, { rule: "" });
  const form = await call("POST", CRDS, bad);
  const at = "spec.versions[0].schema.openAPIV3Schema.properties[spec].x-kubernetes-validations";
  assert.deepEqual(form.json.details.causes, [
    { reason: "FieldValueRequired", message: "Required value: rule is not specified", field: `${at}[2].rule` },
  ]);
  const types = await call("POST", CRDS, ruled({ a: { type: "integer" } }, { rule: "self.a > 'x'" }));
  assert.equal(types.code, 422);
  assert.deepEqual(types.json.details.causes, [
    {
      reason: "FieldValueInvalid",
      message: `Invalid value: {"Rule":"self.a > 'x'","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: compilation failed: ERROR: <input>:1:8: found no matching overload for '_>_' applied to '(int, string)'\n | self.a > 'x'\n | .......^`,
      field: `${at}[0].rule`,
    },
  ]);
  const costly = await call("POST", CRDS, ruled({ list }, { rule: "self.list.all(x, self.list.all(y, x == y))" }));
  assert.equal(costly.json.details.causes[0].reason, "FieldValueForbidden");
  assert.match(
    costly.json.details.causes[0].message,
    /^Forbidden: estimated rule cost exceeds budget by factor of more than 100x/,
  );
});

test("rules are part of what OpenAPI documents publish", async () => {
  const { call } = await withRules();
  const { json } = await call("GET", "/openapi/v3/apis/stable.example.com/v1");
  const { spec } = json.components.schemas["com.example.stable.v1.CronTab"].properties;
  assert.deepEqual(spec["x-kubernetes-validations"], [AT_LEAST]);
});
