import assert from "node:assert/strict";
import { test } from "node:test";
import { Node } from "#api/core/node.ts";
import { Service } from "#api/core/service.ts";
import { EndpointSlice } from "#api/discovery/endpointslice.ts";
import { silentLog } from "#base/log.ts";
import { seededRandom } from "#base/random.ts";
import { InformerFactory } from "#client/informer.ts";
import { NodeUnderTest } from "#node/node_suite.ts";
import { ServiceProxy } from "./proxy.ts";
import { SERVICE_NAME_LABEL } from "./service_table.ts";

test("a node that is given a zone uses the endpoints of that zone from then on", async () => {
  const n = new NodeUnderTest();
  await n.start();
  const { api: client, clock } = n;
  const metadata = { name: "web", namespace: "default" };
  await client.create(Service, { metadata, spec: { clusterIP: "10.96.0.7", ports: [{ port: 80 }] } });
  await client.create(EndpointSlice, {
    metadata: { ...metadata, labels: { [SERVICE_NAME_LABEL]: "web" } },
    addressType: "IPv4",
    ports: [{ name: "", port: 8080 }],
    endpoints: ["a", "b"].map((zone, at) => ({
      addresses: [`10.244.${at}.1`],
      conditions: { ready: true },
      zone,
      hints: { forZones: [{ name: zone }] },
    })),
  });
  const informers = new InformerFactory({ client, clock, random: seededRandom(1), log: silentLog });
  const scripts: string[] = [];
  const proxy = new ServiceProxy({
    informers,
    clock,
    log: silentLog,
    nodeName: "n1",
    apply: async (script) => void scripts.push(script),
    forgetFlows: async () => {},
    table: "t",
    bridge: "kn0",
    podCidr: "10.244.0.0/16",
    serviceCidr: "10.96.0.0/16",
  });
  const started = proxy.start();
  await clock.settle();
  await started;
  assert.match(scripts[0] ?? "", /10\.244\.0\.1 \. 8080[^]*10\.244\.1\.1 \. 8080/);
  const label = async (zone: string) => {
    const body = { metadata: { labels: { "topology.kubernetes.io/zone": zone } } };
    await client.patch(Node, { name: "n1" }, { type: "merge", body });
    await clock.settle();
    return scripts.at(-1) ?? "";
  };
  const toB = await label("b");
  assert.equal(scripts.length, 2);
  assert.match(toB, /^add element ip t \w+ \{ 10\.96\.0\.7 \. tcp \. 80 \. 0 : 10\.244\.1\.1 \. 8080 \}$/m);
  assert.match(
    await label("a"),
    /^add element ip t \w+ \{ 10\.96\.0\.7 \. tcp \. 80 \. 0 : 10\.244\.0\.1 \. 8080 \}$/m,
  );
  proxy.stop();
  await Promise.all([informers.stop(), n.agent.stop()]);
});
