import assert from "node:assert/strict";
import { test } from "node:test";
import { Deployment } from "../apps/deployment.ts";
import { ConfigMap } from "../core/configmap.ts";
import { KINDS } from "../kinds.ts";
import { KindRegistry } from "../registry.ts";
import { descriptionsFrom } from "./descriptions.ts";
import { OpenApi } from "./openapi.ts";

type Tree = { [key: string]: Tree };

const registry = new KindRegistry(KINDS);
const api = new OpenApi(registry, "v1.36.0");
const apps = JSON.parse(api.v3("apps", "v1")?.json ?? "") as Tree;
const swagger = JSON.parse(api.v2().json) as Tree;

/** Follows keys; a path of the API is one key. */
function at(tree: Tree, ...keys: string[]): unknown {
  return keys.reduce<Tree | undefined>((below, key) => below?.[key], tree);
}

/** Every `$ref` anywhere in a document; a property may have that name, too. */
function refs(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    key === "$ref" && typeof each === "string" ? [each] : refs(each),
  );
}

test("every reference in every document leads somewhere", () => {
  const documents = registry
    .groups()
    .flatMap(({ group, versions }) => versions.map((version) => api.v3(group, version)?.json ?? ""));
  for (const json of [...documents, api.v2().json]) {
    const document = JSON.parse(json) as Tree;
    for (const ref of new Set(refs(document))) assert.ok(at(document, ...ref.slice(2).split("/")), `${ref} is missing`);
  }
});

test("v3 states a type with what explain and merging clients need", () => {
  const spec = at(apps, "components", "schemas", "io.k8s.api.apps.v1.DeploymentSpec") as Tree;
  assert.deepEqual(spec["required"], ["selector", "template"]);
  assert.deepEqual(spec["properties"]?.["replicas"], { type: "integer", format: "int32", default: 1 });
  assert.deepEqual(spec["properties"]?.["strategy"], {
    "x-kubernetes-patch-strategy": "retainKeys",
    allOf: [{ $ref: "#/components/schemas/io.k8s.api.apps.v1.DeploymentStrategy" }],
  });
  assert.deepEqual(at(apps, "components", "schemas", "io.k8s.api.core.v1.PodSpec", "properties", "containers"), {
    type: "array",
    items: { $ref: "#/components/schemas/io.k8s.api.core.v1.Container" },
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["name"],
    "x-kubernetes-patch-strategy": "merge",
    "x-kubernetes-patch-merge-key": "name",
  });
});

test("v3 names the kind on types, their lists and operations", () => {
  const deployment = { group: "apps", version: "v1", kind: "Deployment" };
  const key = "x-kubernetes-group-version-kind";
  assert.deepEqual(at(apps, "components", "schemas", "io.k8s.api.apps.v1.Deployment", key), [deployment]);
  assert.deepEqual(at(apps, "components", "schemas", "io.k8s.api.apps.v1.DeploymentList", key), [
    { ...deployment, kind: "DeploymentList" },
  ]);
  const path = "/apis/apps/v1/namespaces/{namespace}/deployments/{name}";
  assert.deepEqual(at(apps, "paths", path, "patch", key), deployment);
  assert.equal(at(apps, "paths", path, "patch", "operationId"), "patchAppsV1NamespacedDeployment");
  assert.deepEqual(at(apps, "paths", `${path}/scale`, "get", key), {
    group: "autoscaling",
    version: "v1",
    kind: "Scale",
  });
});

test("v3 lets kubectl see server-side validation and strategic merge patches", () => {
  const patch = at(apps, "paths", "/apis/apps/v1/namespaces/{namespace}/deployments/{name}", "patch") as Tree;
  const names = Object.values(patch["parameters"] ?? {}).map((parameter) => String(parameter["name"]));
  for (const name of ["dryRun", "fieldManager", "fieldValidation", "force"]) assert.ok(names.includes(name), name);
  assert.ok(patch["requestBody"]?.["content"]?.["application/strategic-merge-patch+json"]);
});

test("v2 states the same in Swagger's dialect", () => {
  const strategy = at(swagger, "definitions", "io.k8s.api.apps.v1.DeploymentSpec", "properties", "strategy");
  assert.deepEqual(strategy, {
    $ref: "#/definitions/io.k8s.api.apps.v1.DeploymentStrategy",
    "x-kubernetes-patch-strategy": "retainKeys",
  });
  const post = at(swagger, "paths", "/api/v1/namespaces/{namespace}/pods", "post") as Tree;
  assert.equal(post["x-kubernetes-action"], "post");
  assert.deepEqual(at(post, "parameters", "0", "schema"), { $ref: "#/definitions/io.k8s.api.core.v1.Pod" });
});

test("operation ids are told apart", () => {
  const operations = Object.values(swagger["paths"] ?? {}).flatMap((path) => Object.values(path));
  const ids = operations.map((operation) => String(operation["operationId"]));
  assert.deepEqual(
    ids.filter((id, index) => ids.indexOf(id) !== index),
    [],
  );
});

test("index() names each document by what is in it, and follows the registry", () => {
  const few = new KindRegistry([Deployment]);
  const changing = new OpenApi(few, "v1.36.0");
  const before = JSON.parse(changing.index().json) as { paths: Record<string, { serverRelativeURL: string }> };
  assert.deepEqual(Object.keys(before.paths), ["apis/apps/v1"]);
  assert.match(
    before.paths["apis/apps/v1"]?.serverRelativeURL ?? "",
    /^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{32}$/,
  );
  assert.equal(changing.v3("", "v1"), undefined);
  few.add(ConfigMap);
  const after = JSON.parse(changing.index().json) as typeof before;
  assert.deepEqual(Object.keys(after.paths), ["api/v1", "apis/apps/v1"]);
  assert.deepEqual(after.paths["apis/apps/v1"], before.paths["apis/apps/v1"]);
});

test("descriptions come from the file by model name, with the group where several groups have it", () => {
  const describe = descriptionsFrom({
    V1Deployment: { "": "Runs pods.", spec: "What is wanted." },
    CoreV1Event: { "": "Core." },
    EventsV1Event: { "": "New." },
  });
  assert.equal(describe("io.k8s.api.apps.v1.Deployment"), "Runs pods.");
  assert.equal(describe("io.k8s.api.apps.v1.Deployment", "spec"), "What is wanted.");
  assert.equal(describe("io.k8s.api.apps.v1.Deployment", "constructor"), undefined);
  assert.equal(describe("io.k8s.api.core.v1.Event"), "Core.");
  assert.equal(describe("io.k8s.api.events.v1.Event"), "New.");
  assert.equal(describe("constructor.constructor.constructor"), undefined);
});
