import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "#api/codec/decode.ts";
import { documentOf } from "#api/codec/document.ts";
import { Service, type ServiceDraft } from "#api/core/service.ts";
import { EndpointSlice } from "#api/discovery/endpointslice.ts";
import { elementsOf } from "./nft_elements.ts";
import { deltaScript, fullScript } from "./nft_script.ts";
import { SERVICE_NAME_LABEL, serviceTable, type VirtualPort } from "./service_table.ts";

function service(spec: NonNullable<ServiceDraft["spec"]>): Service {
  return decode(Service, documentOf({ metadata: { name: "web", namespace: "default" }, spec })).object;
}

type EndpointFacts = {
  address: string;
  ready?: boolean;
  serving?: boolean;
  terminating?: boolean;
  node?: string;
  zone?: string;
  forNode?: string;
};

function slice(...endpoints: EndpointFacts[]): EndpointSlice {
  const draft = {
    metadata: { name: "web-1", namespace: "default", labels: { [SERVICE_NAME_LABEL]: "web" } },
    addressType: "IPv4",
    ports: [{ name: "", port: 8080, protocol: "TCP" }],
    endpoints: endpoints.map(({ address, node, zone, forNode, ...conditions }) => ({
      addresses: [address],
      nodeName: node ?? "n1",
      conditions,
      hints: {
        ...(zone !== undefined && { forZones: [{ name: zone }] }),
        ...(forNode !== undefined && { forNodes: [{ name: forNode }] }),
      },
    })),
  };
  return decode(EndpointSlice, documentOf(draft)).object;
}

const port80 = [{ port: 80, protocol: "TCP" as const }];
const clusterIP = { clusterIP: "10.96.0.7", ports: port80 };
const nodePort = { clusterIP: "10.96.0.7", type: "NodePort", ports: [{ port: 80, protocol: "TCP", nodePort: 31000 }] };
const shown = (ports: readonly VirtualPort[]) =>
  ports.map((each) =>
    `${each.address ?? "*"}:${each.port} -> ${each.backends.map((b) => `${b.address}:${b.port}`).join(" ")}`.trim(),
  );

const cases = [
  {
    name: "sends a service address to the ready endpoints in order",
    service: service(clusterIP),
    slices: [slice({ address: "10.244.0.9", ready: true }, { address: "10.244.0.3", ready: true })],
    want: ["10.96.0.7:80 -> 10.244.0.3:8080 10.244.0.9:8080"],
  },
  {
    name: "leaves out what is not ready",
    service: service(clusterIP),
    slices: [slice({ address: "10.244.0.3", ready: false }, { address: "10.244.0.9", ready: true })],
    want: ["10.96.0.7:80 -> 10.244.0.9:8080"],
  },
  {
    name: "leaves out what terminates while another is ready",
    service: service(clusterIP),
    slices: [
      slice(
        { address: "10.244.0.3", ready: false, serving: true, terminating: true },
        { address: "10.244.0.9", ready: true },
      ),
    ],
    want: ["10.96.0.7:80 -> 10.244.0.9:8080"],
  },
  {
    name: "falls back to what still serves while it terminates",
    service: service(clusterIP),
    slices: [slice({ address: "10.244.0.3", ready: false, serving: true, terminating: true })],
    want: ["10.96.0.7:80 -> 10.244.0.3:8080"],
  },
  {
    name: "keeps a port without endpoints, to refuse it",
    service: service(clusterIP),
    slices: [],
    want: ["10.96.0.7:80 ->"],
  },
  {
    name: "adds a node port",
    service: service(nodePort),
    slices: [slice({ address: "10.244.0.3", ready: true })],
    want: ["*:31000 -> 10.244.0.3:8080", "10.96.0.7:80 -> 10.244.0.3:8080"],
  },
  {
    name: "keeps local traffic local",
    service: service({ ...nodePort, externalTrafficPolicy: "Local" }),
    slices: [slice({ address: "10.244.0.3", ready: true }, { address: "10.244.1.4", ready: true, node: "n2" })],
    want: ["*:31000 -> 10.244.0.3:8080", "10.96.0.7:80 -> 10.244.0.3:8080 10.244.1.4:8080"],
  },
  {
    name: "has nothing for a headless service",
    service: service({ ...clusterIP, clusterIP: "None" }),
    slices: [],
    want: [],
  },
];

for (const c of cases) {
  test(`serviceTable() ${c.name}`, () => {
    assert.deepEqual(shown(serviceTable([c.service], c.slices, { nodeName: "n1", zone: "a" }).ports), c.want);
  });
}

/** Endpoints 1, 2, 3 … that are ready unless said otherwise, and which of them the node `n1` in zone `a` uses. */
const hinted: readonly {
  name: string;
  endpoints: Partial<EndpointFacts>[];
  spec?: object;
  zone?: string;
  uses: number[];
}[] = [
  { name: "its zone", endpoints: [{ zone: "a" }, { zone: "b" }, { zone: "a" }], uses: [1, 3] },
  { name: "all when one names no zone", endpoints: [{ zone: "a" }, {}, { zone: "b" }], uses: [1, 2, 3] },
  { name: "all when none is for its zone", endpoints: [{ zone: "b" }, { zone: "c" }], uses: [1, 2] },
  { name: "all when the node has no zone", endpoints: [{ zone: "a" }, { zone: "b" }], zone: "", uses: [1, 2] },
  {
    name: "its node before its zone",
    endpoints: [
      { zone: "a", forNode: "n2" },
      { zone: "a", forNode: "n1" },
      { zone: "b", forNode: "n3" },
    ],
    uses: [2],
  },
  {
    name: "its zone when none is for its node",
    endpoints: [
      { zone: "a", forNode: "n2" },
      { zone: "b", forNode: "n3" },
    ],
    uses: [1],
  },
  {
    name: "its zone when one names no node",
    endpoints: [{ zone: "a", forNode: "n2" }, { zone: "b", forNode: "n1" }, { zone: "a" }],
    uses: [1, 3],
  },
  {
    name: "what is ready whatever hints the others lack",
    endpoints: [{ zone: "a" }, { ready: false }, { zone: "b" }],
    uses: [1],
  },
  {
    name: "another zone when nothing of its own is ready",
    endpoints: [{ zone: "a", ready: false }, { zone: "b" }],
    uses: [2],
  },
  {
    name: "what leaves in any zone when nothing is ready",
    endpoints: [
      { zone: "a", ready: false, serving: true, terminating: true },
      { zone: "b", ready: false, serving: true, terminating: true },
    ],
    uses: [1, 2],
  },
  {
    name: "its own endpoints of any hint by a local policy",
    endpoints: [{ zone: "b" }, { zone: "a", node: "n2" }],
    spec: { internalTrafficPolicy: "Local" },
    uses: [1],
  },
];
for (const { name, endpoints, spec, zone = "a", uses } of hinted) {
  test(`serviceTable() uses of hinted endpoints ${name}`, () => {
    const facts = endpoints.map((facets, at) => ({ address: `10.244.0.${at + 1}`, ready: true, ...facets }));
    const here = { nodeName: "n1", zone };
    const [port] = serviceTable([service({ ...clusterIP, ...spec })], [slice(...facts)], here).ports;
    assert.deepEqual(
      port?.backends.map(({ address }) => Number(address.split(".")[3])),
      uses,
    );
  });
}

test("serviceTable() goes by hints port by port, and from outside too", () => {
  const facts = [
    { address: "10.244.0.3", ready: true, zone: "a" },
    { address: "10.244.1.4", ready: true, zone: "b" },
  ];
  const { ports } = serviceTable([service(nodePort)], [slice(...facts)], { nodeName: "n1", zone: "b" });
  assert.deepEqual(shown(ports), ["*:31000 -> 10.244.1.4:8080", "10.96.0.7:80 -> 10.244.1.4:8080"]);
});

const options = { table: "knarr-test", bridge: "kn0", podCidr: "10.244.0.0/16", serviceCidr: "10.96.0.0/16" };

function elements(...endpoints: EndpointFacts[]) {
  return elementsOf(serviceTable([service(nodePort)], [slice(...endpoints)], { nodeName: "n1", zone: undefined }));
}

test("deltaScript() says nothing when nothing differs", () => {
  const one = elements({ address: "10.244.0.3", ready: true });
  assert.equal(deltaScript("t", one.elements, one.elements), "");
});

test("deltaScript() moves a port to the chain of its new endpoint count", () => {
  const one = elements({ address: "10.244.0.3", ready: true });
  const two = elements({ address: "10.244.0.3", ready: true }, { address: "10.244.0.4", ready: true });
  assert.equal(
    deltaScript("t", one.elements, two.elements),
    `delete element ip t nodeports { tcp . 31000 }
delete element ip t services { 10.96.0.7 . tcp . 80 }
add element ip t nodeports { tcp . 31000 : goto node_random_2 }
add element ip t nodeport_endpoints { tcp . 31000 . 1 : 10.244.0.4 . 8080 }
add element ip t hairpin { 10.244.0.4 . 10.244.0.4 }
add element ip t services { 10.96.0.7 . tcp . 80 : goto cluster_random_2 }
add element ip t endpoints { 10.96.0.7 . tcp . 80 . 1 : 10.244.0.4 . 8080 }
`,
  );
});

test("fullScript() holds every port of the table", () => {
  const { elements: wanted, countMax } = elements({ address: "10.244.0.3", ready: true });
  const script = fullScript(options, wanted, countMax);
  assert.match(script, /add element ip knarr-test services \{ 10\.96\.0\.7 \. tcp \. 80 : goto cluster_random_1 \}/);
  assert.match(script, /add element ip knarr-test nodeports \{ tcp \. 31000 : goto node_random_1 \}/);
});
