import assert from "node:assert/strict";
import { test } from "node:test";
import { bridgeName, cniConfig, containerdToml } from "./config.ts";

test("bridge names fit a link's name and tell long cluster names apart", () => {
  assert.equal(bridgeName("knarr"), "kn-knarr");
  const [a, b] = [bridgeName("a-very-long-cluster"), bridgeName("a-very-long-cluster-2")];
  assert.notEqual(a, b);
  for (const name of [a, b]) assert.match(name, /^kn-[a-z0-9-]{1,12}$/);
});

test("every path of a node lies in its own directory", () => {
  const options = { name: "dev", directory: "/data/dev/node", podCidr: "10.244.3.0/24" };
  const paths = [...containerdToml(options).matchAll(/"(\/[^"]*)"/g)].map(([, path]) => path);
  assert.deepEqual(
    paths.filter((path) => !path?.startsWith("/data/dev/node/")),
    ["/usr/lib/cni"],
  );
});

test("the pods' network has the node's range, and nobody else translates addresses", () => {
  const { plugins } = JSON.parse(cniConfig({ name: "dev", directory: "/d", podCidr: "10.244.3.0/24" }));
  assert.equal(plugins.length, 1);
  assert.deepEqual([plugins[0].type, plugins[0].bridge, plugins[0].ipMasq], ["bridge", "kn-dev", false]);
  assert.deepEqual(plugins[0].ipam.ranges, [[{ subnet: "10.244.3.0/24" }]]);
});
