import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "#api/codec/decode.ts";
import { documentOf } from "#api/codec/document.ts";
import { Pod } from "#api/core/pod.ts";
import { hostPortsOf } from "./host_ports.ts";
import { elementsOf } from "./nft_elements.ts";

interface PodFacts {
  readonly node?: string;
  readonly ip?: string;
  readonly phase?: string;
  readonly hostNetwork?: boolean;
  readonly hostIP?: string;
  readonly leaving?: boolean;
}

function podOf({ node = "n1", ip = "10.244.0.5", phase = "Running", hostNetwork, hostIP, leaving }: PodFacts): Pod {
  const port = { containerPort: 3000, hostPort: 8080, protocol: "TCP", ...(hostIP && { hostIP }) };
  const draft = {
    metadata: { name: "p", namespace: "default", ...(leaving && { deletionTimestamp: "2026-01-01T00:00:00Z" }) },
    spec: {
      nodeName: node,
      containers: [{ name: "c", image: "i", ports: [port] }],
      ...(hostNetwork && { hostNetwork }),
    },
    status: { phase, podIP: ip },
  };
  return decode(Pod, documentOf(draft)).object;
}

const CASES: readonly {
  readonly name: string;
  readonly pods: readonly PodFacts[];
  readonly want: readonly string[];
}[] = [
  { name: "leads from any address of the node to the pod", pods: [{}], want: ["*:8080 -> 10.244.0.5:3000"] },
  { name: "keeps to one address", pods: [{ hostIP: "127.0.0.1" }], want: ["127.0.0.1:8080 -> 10.244.0.5:3000"] },
  { name: "leaves out pods of other nodes", pods: [{ node: "n2" }], want: [] },
  { name: "leaves out pods with the node's own network", pods: [{ hostNetwork: true }], want: [] },
  { name: "leaves out pods that are over", pods: [{ phase: "Failed" }], want: [] },
  { name: "leaves out pods without an address", pods: [{ ip: "", phase: "Pending" }], want: [] },
];
for (const { name, pods, want } of CASES) {
  test(`hostPortsOf() ${name}`, () => {
    const shown = hostPortsOf(pods.map(podOf), "n1").map(
      ({ address, port, backends }) => `${address ?? "*"}:${port} -> ${backends[0]?.address}:${backends[0]?.port}`,
    );
    assert.deepEqual(shown, want);
  });
}

test("of two pods with one port the one that stays has it", () => {
  const pods = [podOf({ ip: "10.244.0.9" }), podOf({ ip: "10.244.0.5", leaving: true })];
  const { elements } = elementsOf({ ports: hostPortsOf(pods, "n1") });
  assert.deepEqual([...(elements.get("nodeport_endpoints") ?? [])], [["tcp . 8080 . 0", "10.244.0.9 . 3000"]]);
});
