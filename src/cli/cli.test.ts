import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "js-yaml";
import { fullReference } from "./image_reference.ts";
import { credentialsOf, mergeKubeconfig, renderKubeconfig, withoutContext } from "./kubeconfig.ts";
import { clusterPaths } from "./paths.ts";
import { parseState } from "./state.ts";
import { table } from "./terminal.ts";

const credentials = { server: "https://127.0.0.1:6443", ca: "CA", cert: "CERT", key: "KEY" };

for (const [name, full] of [
  ["hello", "docker.io/library/hello:latest"],
  ["hello:v1", "docker.io/library/hello:v1"],
  ["080196/hello-app:v1", "docker.io/080196/hello-app:v1"],
  ["localhost/a:1", "localhost/a:1"],
  ["127.0.0.1:5000/a", "127.0.0.1:5000/a:latest"],
  ["registry.k8s.io/pause@sha256:1", "registry.k8s.io/pause@sha256:1"],
] as const) {
  test(`fullReference() completes ${name}`, () => assert.equal(fullReference(name), full));
}

test("mergeKubeconfig() keeps what is there and makes ours current", () => {
  const theirs = renderKubeconfig("work", { ...credentials, server: "https://work" });
  const merged = mergeKubeconfig(theirs, "knarr", credentials);
  const config = load(merged) as { contexts: { name: string }[]; "current-context": string };
  assert.deepEqual(
    config.contexts.map((context) => context.name),
    ["work", "knarr"],
  );
  assert.equal(config["current-context"], "knarr");
  assert.deepEqual(credentialsOf(merged, "knarr"), credentials);
  assert.equal(mergeKubeconfig(merged, "knarr", credentials), merged);
});

test("withoutContext() takes out only ours, and falls back to another context", () => {
  const merged = mergeKubeconfig(renderKubeconfig("work", credentials), "knarr", credentials);
  assert.equal(withoutContext(merged, "knarr"), renderKubeconfig("work", credentials));
  assert.equal(withoutContext(merged, "other"), undefined);
});

test("clusterPaths() goes by the user, and refuses names that are no labels", () => {
  const root = { isRoot: true, env: {} };
  assert.equal(clusterPaths("dev", root).data, "/var/lib/knarr/dev");
  assert.equal(clusterPaths("dev", { isRoot: false, env: { HOME: "/home/a" } }).data, "/home/a/.local/share/knarr/dev");
  assert.equal(clusterPaths("dev", { ...root, dataDir: "/tmp/x" }).kubeconfig, "/tmp/x/kubeconfig");
  for (const name of ["", "A", "a_b", "../x", "-a", "a".repeat(33)]) {
    assert.throws(() => clusterPaths(name, root), /cannot name a cluster/);
  }
});

test("parseState() believes only whole state files", () => {
  assert.equal(parseState('{"pid":12,"phase":"ready"}')?.pid, 12);
  for (const text of ["", "{", "null", "[]", '{"pid":"12","phase":"ready"}']) assert.equal(parseState(text), undefined);
});

test("table() aligns its columns", () => {
  assert.equal(table(["A", "LONG"], [["value", "x"]]), "A       LONG\nvalue   x\n");
});
