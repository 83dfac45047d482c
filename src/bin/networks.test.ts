import assert from "node:assert/strict";
import { test } from "node:test";
import { freeChoice, networksOf } from "./networks.ts";

test("networksOf() derives what means something in them", () => {
  const networks = networksOf({ podCidr: "10.244.0.0/16", serviceCidr: "10.96.0.0/16" });
  assert.equal(networks.nodePodCidr, "10.244.0.0/24");
  assert.equal(networks.gateway, "10.244.0.1");
  assert.equal(networks.dnsAddress, "10.96.0.10");
});

for (const cidr of ["10.244.0.0/24", "10.244.1.0/16", "300.1.0.0/16", "fd00::/16", ""]) {
  test(`networksOf() refuses "${cidr}"`, () => {
    assert.throws(() => networksOf({ podCidr: cidr, serviceCidr: "10.96.0.0/16" }), /is not a network/);
  });
}

const route = (dst: string, dev: string) => ({ dst, dev });

test("freeChoice() takes the usual networks, and the next beside another cluster", () => {
  assert.equal(freeChoice([route("default", "eth0")], "kn-a")?.podCidr, "10.244.0.0/16");
  assert.deepEqual(freeChoice([route("10.244.0.0/24", "kn-b"), route("10.96.0.0/16", "kn-b")], "kn-a"), {
    podCidr: "10.243.0.0/16",
    serviceCidr: "10.97.0.0/16",
  });
  assert.equal(freeChoice([route("10.244.0.0/24", "kn-a")], "kn-a")?.podCidr, "10.244.0.0/16");
});

test("freeChoice() gives up when the machine is full", () => {
  const routes = Array.from({ length: 64 }, (_, n) => route(`10.${244 - n}.0.0/24`, "kn-x"));
  assert.equal(freeChoice(routes, "kn-a"), undefined);
});
