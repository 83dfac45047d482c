import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer, type AnyJson } from "#apiserver/testing.ts";

const GROUP = "/apis/admissionregistration.k8s.io/v1";
const SKIP_ME = { name: "skip", expression: "object.metadata.name != 'skip-me'" };

function configuration(matchConditions: readonly object[]): object {
  const webhook = {
    name: "check.example.com",
    clientConfig: { service: { namespace: "default", name: "hook", path: "/check" } },
    rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    namespaceSelector: { matchLabels: { hooked: "never" } },
    matchConditions,
  };
  return { metadata: { name: "hooks" }, webhooks: [webhook] };
}

for (const kind of ["mutating", "validating"]) {
  const collection = `${GROUP}/${kind}webhookconfigurations`;

  test(`${kind} webhooks: conditions on what they are asked are stored, and change with an update`, async () => {
    const { call } = await testServer();
    const created = await call("POST", collection, configuration([SKIP_ME]));
    assert.equal(created.code, 201, created.text);
    assert.deepEqual(created.json.webhooks[0].matchConditions, [SKIP_ME]);
    const other = { name: "other", expression: "object.metadata.namespace == 'production'" };
    const webhooks = created.json.webhooks.map((each: AnyJson) => ({ ...each, matchConditions: [SKIP_ME, other] }));
    const updated = await call("PUT", `${collection}/hooks`, { ...created.json, webhooks });
    assert.equal(updated.code, 200, updated.text);
    const { json } = await call("GET", `${collection}/hooks`);
    assert.deepEqual(json.webhooks[0].matchConditions, [SKIP_ME, other]);
  });

  test(`${kind} webhooks: a condition that does not compile, or is no condition, is refused`, async () => {
    const { call } = await testServer();
    for (const [expression, complaint] of [
      ["... [] bad expression", /matchConditions\[0\]\.expression: Invalid value: .*compilation failed/s],
      ["object.metadata.name", /matchConditions\[0\]\.expression: Invalid value: .*must evaluate to bool/s],
    ] as const) {
      const refused = await call("POST", collection, configuration([{ name: "wrong", expression }]));
      assert.equal(refused.code, 422, refused.text);
      assert.match(refused.json.message, complaint);
    }
    await call("POST", collection, configuration([SKIP_ME]));
    const body = [{ op: "replace", path: "/webhooks/0/matchConditions/0/expression", value: "(" }];
    const patched = await call("PATCH", `${collection}/hooks`, body, { contentType: "application/json-patch+json" });
    assert.equal(patched.code, 422, patched.text);
  });

  test(`${kind} webhooks: configurations are a resource of their group in discovery`, async () => {
    const { call } = await testServer();
    const groups = (await call("GET", "/apis")).json.groups;
    const group = groups.find(({ name }: AnyJson) => name === "admissionregistration.k8s.io");
    assert.ok(group.versions.some(({ version }: AnyJson) => version === "v1"));
    const { resources } = (await call("GET", GROUP)).json;
    assert.ok(resources.some(({ name }: AnyJson) => name === `${kind}webhookconfigurations`));
  });
}
