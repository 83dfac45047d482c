import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "../testing.ts";
import { CRDS, CRON_TABS, conditionOf, cronTab, cronTabs, define, eventually } from "./fixtures.ts";

test("a definition is given its names, defaults and conditions, and is served", async () => {
  const server = await testServer();
  const { json: created } = await server.call("POST", CRDS, cronTabs());
  assert.equal(created.spec.names.listKind, "CronTabList");
  assert.deepEqual(created.spec.conversion, { strategy: "None" });
  assert.deepEqual(created.status.storedVersions, ["v1"]);
  const served = await eventually(async () => {
    const { json } = await server.call("GET", `${CRDS}/crontabs.stable.example.com`);
    return conditionOf(json, "Established")?.status === "True" && json;
  });
  assert.deepEqual(served.status.acceptedNames, served.spec.names);
  assert.deepEqual(
    served.status.conditions.map(({ type, status, reason, message }: Record<string, string>) => ({
      type,
      status,
      reason,
      message,
    })),
    [
      { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" },
      {
        type: "Established",
        status: "True",
        reason: "InitialNamesAccepted",
        message: "the initial names have been accepted",
      },
    ],
  );
  const { json: list } = await server.call("GET", CRON_TABS);
  assert.deepEqual([list.kind, list.apiVersion, list.items], ["CronTabList", "stable.example.com/v1", []]);
});

test("objects are pruned, defaulted and kept as they were given otherwise", async () => {
  const server = await testServer();
  await define(server, cronTabs());
  const spec = { suspend: false, replicas: 3, port: "80", free: { any: { thing: null } }, colour: "red", labels: null };
  const { code, json, headers } = await server.call("POST", CRON_TABS, cronTab("a", spec));
  assert.equal(code, 201);
  assert.equal(headers["warning"], '299 - "unknown field \\"spec.colour\\""');
  assert.deepEqual(json.spec, {
    cronSpec: "* * * * */5",
    suspend: false,
    replicas: 3,
    port: "80",
    free: { any: { thing: null } },
    image: "busybox",
  });
  assert.equal(json.metadata.generation, 1);
  assert.equal(json.metadata.namespace, "default");
});

test("what the schema does not allow is refused in Kubernetes' words", async () => {
  const server = await testServer();
  await define(server, cronTabs());
  const { json } = await server.call("POST", CRON_TABS, cronTab("a", { replicas: 11, suspend: "no", mode: "Odd" }));
  assert.equal(
    json.message,
    'CronTab.stable.example.com "a" is invalid: [' +
      "spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10, " +
      'spec.suspend: Invalid value: "string": spec.suspend in body must be of type boolean: "string", ' +
      'spec.mode: Unsupported value: "Odd": supported values: "Fast", "Slow", ' +
      "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; " +
      "correct the existing errors to complete validation]",
  );
});
