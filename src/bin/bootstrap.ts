import { Service } from "#api/core/service.ts";
import { EndpointSlice } from "#api/discovery/endpointslice.ts";
import type { AnyKind } from "#api/object.ts";
import type { DraftObjectOf } from "#api/schema/kind.ts";
import { isApiError, type Client } from "#client/client.ts";
import type { Networks } from "./networks.ts";

const NAME = "kube-dns";
const NAMESPACE = "kube-system";
const DNS_PORT = 53;
const PORTS = [
  { name: "dns", protocol: "UDP", port: DNS_PORT },
  { name: "dns-tcp", protocol: "TCP", port: DNS_PORT },
];

/** The Service under which pods find the cluster's name server, which listens at the pods' gateway. Idempotent. */
export async function ensureDnsService(client: Client, networks: Networks): Promise<void> {
  await createUnlessThere(client, Service, {
    metadata: {
      name: NAME,
      namespace: NAMESPACE,
      labels: { "k8s-app": NAME, "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS" },
    },
    spec: { clusterIP: networks.dnsAddress, ports: PORTS.map((port) => ({ ...port, targetPort: port.port })) },
  });
  await createUnlessThere(client, EndpointSlice, {
    metadata: {
      name: NAME,
      namespace: NAMESPACE,
      labels: { "kubernetes.io/service-name": NAME, "endpointslice.kubernetes.io/managed-by": "knarr" },
    },
    addressType: "IPv4",
    endpoints: [{ addresses: [networks.gateway], conditions: { ready: true, serving: true, terminating: false } }],
    ports: PORTS,
  });
}

async function createUnlessThere<K extends AnyKind>(client: Client, kind: K, draft: DraftObjectOf<K>): Promise<void> {
  try {
    await client.create(kind, draft);
  } catch (error) {
    if (!isApiError(error, "AlreadyExists")) throw error;
  }
}
