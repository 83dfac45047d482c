import { decode } from "#api/codec/decode.ts";
import { documentOf } from "#api/codec/document.ts";
import { Namespace } from "#api/core/namespace.ts";
import { Service, type ServiceDraft } from "#api/core/service.ts";
import { EndpointSlice } from "#api/discovery/endpointslice.ts";
import { SERVICE_NAME_LABEL, type ClusterNames } from "./cluster_names.ts";
import type { Zone } from "./records.ts";

export const ZONE: Zone = { domain: "cluster.local", networks: ["10.244.0.0/16", "10.96.0.0/16"] };

const NAMESPACE = "default";

/** A small cluster: an ordinary Service, headless ones with and without endpoints, and an alias. */
export function testObjects() {
  const db = [
    { addresses: ["10.244.0.3"], hostname: "db-0", conditions: { ready: true } },
    { addresses: ["10.244.0.4"], conditions: {} },
    { addresses: ["10.244.0.5"], conditions: { ready: false } },
  ];
  return {
    namespace: decode(Namespace, documentOf({ metadata: { name: NAMESPACE } })).object,
    services: [
      service("web", { clusterIP: "10.96.0.7", ports: [{ name: "http", port: 80, protocol: "TCP" }] }),
      service("db", { clusterIP: "None", ports: [{ name: "sql", port: 5432, protocol: "TCP" }] }),
      service("empty", { clusterIP: "None", ports: [{ name: "sql", port: 5432, protocol: "TCP" }] }),
      service("big", { clusterIP: "None", ports: [{ name: "http", port: 80, protocol: "TCP" }] }),
      service("out", { type: "ExternalName", externalName: "example.org" }),
    ],
    slices: [
      slice("db", db, { name: "sql", port: 5432, protocol: "TCP" }),
      slice("empty", [{ addresses: ["10.244.0.6"], conditions: { ready: false } }], {
        name: "sql",
        port: 5432,
        protocol: "TCP",
      }),
      slice(
        "big",
        Array.from({ length: 100 }, (_, i) => ({ addresses: [`10.244.1.${i}`], conditions: { ready: true } })),
        { name: "http", port: 80, protocol: "TCP" },
      ),
    ],
  };
}

/** The same cluster as the records see it. */
export function testNames(): ClusterNames {
  const { services, slices } = testObjects();
  return {
    hasNamespace: (name) => name === NAMESPACE,
    service: (namespace, name) =>
      services.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
    slices: (_, name) => slices.filter(({ metadata }) => metadata.labels?.[SERVICE_NAME_LABEL] === name),
    servicesAt: (address) => services.filter(({ spec }) => spec.clusterIP === address),
    slicesAt: (address) =>
      slices.filter(({ endpoints }) => endpoints?.some(({ addresses }) => addresses.includes(address))),
  };
}

function service(name: string, spec: NonNullable<ServiceDraft["spec"]>): Service {
  return decode(Service, documentOf({ metadata: { name, namespace: NAMESPACE }, spec })).object;
}

function slice(serviceName: string, endpoints: readonly object[], port: object): EndpointSlice {
  const labels = { [SERVICE_NAME_LABEL]: serviceName };
  const metadata = { name: `${serviceName}-1`, namespace: NAMESPACE, labels };
  return decode(EndpointSlice, documentOf({ metadata, addressType: "IPv4", ports: [port], endpoints })).object;
}
