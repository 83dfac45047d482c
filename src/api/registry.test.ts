import assert from "node:assert/strict";
import { test } from "node:test";
import { Deployment } from "./apps/deployment.ts";
import { ConfigMap } from "./core/configmap.ts";
import { KINDS } from "./kinds.ts";
import { KindRegistry, compareVersions, type KindChange } from "./registry.ts";

test("a kind is found by the names requests use", () => {
  const registry = new KindRegistry(KINDS);
  assert.equal(registry.byResource("apps", "v1", "deployments"), Deployment);
  assert.equal(registry.byKind("v1", "ConfigMap"), ConfigMap);
  assert.equal(registry.byResource("", "v1", "deployments"), undefined);
  assert.equal(registry.byKind("apps/v1", "constructor"), undefined);
});

test("groups() lists core first, then Kubernetes' order, then others by name", () => {
  const custom = (group: string, version: string) => ({
    ...ConfigMap,
    group,
    version,
    apiVersion: `${group}/${version}`,
  });
  const registry = new KindRegistry([custom("b.example", "v1beta1"), custom("a.example", "v1"), Deployment, ConfigMap]);
  registry.add(custom("b.example", "v1"));
  assert.deepEqual(registry.groups(), [
    { group: "", versions: ["v1"] },
    { group: "apps", versions: ["v1"] },
    { group: "a.example", versions: ["v1"] },
    { group: "b.example", versions: ["v1", "v1beta1"] },
  ]);
});

test("kinds come and go, and listeners hear of it", () => {
  const registry = new KindRegistry();
  const changes: KindChange[] = [];
  const stop = registry.onChange((change) => changes.push(change));
  registry.add(ConfigMap);
  const replaced = { ...ConfigMap, shortNames: ["x"] };
  registry.add(replaced);
  assert.equal(registry.byKind("v1", "ConfigMap"), replaced);
  registry.remove(ConfigMap);
  registry.remove(ConfigMap);
  stop();
  registry.add(Deployment);
  assert.deepEqual(
    changes.map((change) => change.type),
    ["added", "added", "removed"],
  );
  assert.deepEqual(registry.groups(), [{ group: "apps", versions: ["v1"] }]);
  assert.equal(registry.byKind("v1", "ConfigMap"), undefined);
});

test("compareVersions() puts stable before beta before alpha, late before early, others last", () => {
  const given = ["foo10", "v1alpha1", "v11beta2", "v1", "v3beta1", "v10", "v12alpha1", "foo1", "v2", "v10beta3"];
  assert.deepEqual(given.toSorted(compareVersions), [
    "v10",
    "v2",
    "v1",
    "v11beta2",
    "v10beta3",
    "v3beta1",
    "v12alpha1",
    "v1alpha1",
    "foo1",
    "foo10",
  ]);
});
