import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "#base/random.ts";
import { AddressRange } from "./address_range.ts";
import { testServer } from "../testing.ts";

const SERVICES = "/api/v1/namespaces/default/services";
const service = (name: string, spec: Record<string, unknown> = {}) => ({
  metadata: { name },
  spec: { selector: { a: "b" }, ports: [{ port: 80 }], ...spec },
});

test("a Service gets an address and the fields of a cluster with IPv4 alone", async () => {
  const { call } = await testServer();
  const { json } = await call("POST", SERVICES, service("a"));
  assert.match(json.spec.clusterIP, /^10\.96\.\d+\.\d+$/);
  assert.deepEqual(json.spec.clusterIPs, [json.spec.clusterIP]);
  assert.deepEqual(json.spec.ipFamilies, ["IPv4"]);
  assert.equal(json.spec.ipFamilyPolicy, "SingleStack");
  assert.equal(json.spec.ports[0].nodePort, undefined);
  const headless = await call("POST", SERVICES, service("h", { clusterIP: "None" }));
  assert.deepEqual(headless.json.spec.clusterIPs, ["None"]);
  const open = await call("POST", SERVICES, service("o", { clusterIP: "None", selector: undefined }));
  assert.deepEqual(open.json.spec.ipFamilies, ["IPv4", "IPv6"]);
  const external = await call("POST", SERVICES, service("e", { type: "ExternalName", externalName: "example.com" }));
  assert.equal(external.json.spec.clusterIP, undefined);
  assert.equal(external.json.spec.ipFamilies, undefined);
});

const REFUSED = [
  {
    name: "what is no address",
    spec: { clusterIP: "10.96.0.300" },
    message:
      'Service "x" is invalid: spec.clusterIPs[0]: Invalid value: "10.96.0.300": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  },
  {
    name: "an address beside a name elsewhere",
    spec: { type: "ExternalName", externalName: "example.com", clusterIP: "None" },
    message: 'Service "x" is invalid: spec.clusterIPs: Forbidden: may not be set for ExternalName services',
  },
  {
    name: "an address for a type that there is not",
    spec: { type: "Inner", clusterIP: "10.0.0.1" },
    message:
      'Service "x" is invalid: spec.type: Unsupported value: "Inner": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
  },
  {
    name: "a node port that is taken",
    spec: { type: "NodePort", ports: [{ port: 80, nodePort: 31_000 }] },
    message: 'Service "x" is invalid: spec.ports[0].nodePort: Invalid value: 31000: provided port is already allocated',
  },
  {
    name: "a node port out of range",
    spec: { type: "NodePort", ports: [{ port: 80, nodePort: 80 }] },
    message:
      'Service "x" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
  },
  {
    name: "a node port another program has",
    spec: { type: "NodePort", ports: [{ port: 80, nodePort: 32_000 }] },
    message:
      'Service "x" is invalid: spec.ports[0].nodePort: Invalid value: 32000: provided port is in use by another program on this machine',
  },
  {
    name: "an address that is taken",
    spec: { clusterIP: "10.96.0.50" },
    message:
      'Service "x" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.50"]: failed to allocate IP 10.96.0.50: provided IP is already allocated',
  },
  {
    name: "the address of the cluster's DNS",
    spec: { clusterIP: "10.96.0.10" },
    message:
      'Service "x" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated',
  },
  {
    name: "an address out of range",
    spec: { clusterIP: "10.0.0.1" },
    message:
      'Service "x" is invalid: spec.clusterIPs: Invalid value: ["10.0.0.1"]: failed to allocate IP 10.0.0.1: the provided IP (10.0.0.1) is not in the valid range. The range of valid IPs is 10.96.0.0/16',
  },
];

for (const { name, spec, message } of REFUSED) {
  test(`a Service with ${name} is refused`, async () => {
    const portIsFree = async (port: number) => port !== 32_000;
    const { call } = await testServer({ services: { portIsFree } });
    const first = service("first", {
      type: "NodePort",
      clusterIP: "10.96.0.50",
      ports: [{ port: 80, nodePort: 31_000 }],
    });
    assert.equal((await call("POST", SERVICES, first)).code, 201);
    const refused = await call("POST", SERVICES, service("x", spec));
    assert.equal(refused.code, 422, refused.text);
    assert.equal(refused.json.message, message);
  });
}

test("of many who want one port at once, one gets it", async () => {
  const { call } = await testServer({ services: { portIsFree: async () => true } });
  const spec = { type: "NodePort", ports: [{ port: 80, nodePort: 31_500 }] };
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) => call("POST", SERVICES, service(`s${n}`, spec))),
  );
  assert.equal(answers.filter(({ code }) => code === 201).length, 1);
});

test("what a Service held is free when it is deleted, changes its type, or was never written", async () => {
  const { call } = await testServer();
  const spec = { type: "NodePort", clusterIP: "10.96.0.60", ports: [{ port: 80, nodePort: 31_000 }] };
  assert.equal((await call("POST", `${SERVICES}?dryRun=All`, service("dry", spec))).code, 201);
  const { json } = await call("POST", SERVICES, service("a", spec));
  const plain = await call("PUT", `${SERVICES}/a`, { ...json, spec: { ...json.spec, type: "ClusterIP" } });
  assert.equal(plain.json.spec.ports[0].nodePort, undefined, plain.text);
  assert.equal((await call("POST", SERVICES, service("b", { ...spec, clusterIP: undefined }))).code, 201);
  await call("DELETE", `${SERVICES}/a`);
  assert.equal((await call("POST", SERVICES, service("c", { clusterIP: "10.96.0.60" }))).code, 201);
});

test("a replacement that does not mention what was allocated keeps it", async () => {
  const { call } = await testServer();
  const { json } = await call("POST", SERVICES, service("a", { type: "NodePort" }));
  const kept = await call("PUT", `${SERVICES}/a`, service("a", { type: "NodePort", selector: { a: "c" } }));
  assert.equal(kept.json.spec.clusterIP, json.spec.clusterIP);
  assert.equal(kept.json.spec.ports[0].nodePort, json.spec.ports[0].nodePort);
  assert.ok(json.spec.ports[0].nodePort >= 30_086 && json.spec.ports[0].nodePort <= 32_767);
});

test("a range gives each of its addresses once, the low ones last", () => {
  const range = new AddressRange("10.0.0.0/24");
  const random = seededRandom(1);
  const given = new Set<string>();
  for (let n = 0; n < 254; n++) {
    const address = range.pick(random, (each) => !given.has(each)) ?? assert.fail("the range is full too early");
    assert.ok(range.contains(address));
    if (n < 200) assert.ok(Number(address.split(".")[3]) > 16, address);
    given.add(address);
  }
  assert.equal(given.size, 254);
  assert.equal(
    range.pick(random, (each) => !given.has(each)),
    undefined,
  );
  assert.equal(range.contains("10.0.0.0"), false);
  assert.equal(range.contains("10.0.0.010"), false);
});
