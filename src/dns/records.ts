import type { Question, ResourceRecord } from "dns-packet";
import type { Service } from "#api/core/service.ts";
import type { Endpoint } from "#api/discovery/endpointslice.ts";
import { SERVICE_NAME_LABEL, type ClusterNames } from "./cluster_names.ts";
import { addressLabel, dashedAddress, isInNetwork, labelsWithin, reverseAddress } from "./names.ts";

/** Seconds an answer may be kept: what the cluster's DNS has always said, short enough for a rollout. */
const TTL_SECONDS = 5;

/** The schema's version (kubernetes/dns, docs/specification.md). */
const SCHEMA_VERSION = "1.1.0";

export interface Zone {
  /** The cluster's domain, for example `cluster.local`. */
  readonly domain: string;
  /** Networks whose addresses nobody outside can name: pods and Services, as `10.244.0.0/16`. */
  readonly networks: readonly string[];
}

/** What is known of a name inside the zone. */
export interface ZoneAnswer {
  readonly exists: boolean;
  readonly answers: readonly ResourceRecord[];
  readonly additionals: readonly ResourceRecord[];
  /** The name is an alias of this one, which is to be resolved as well. */
  readonly alias?: string;
}

/** What stands under a name, whatever type was asked for. */
interface Node {
  readonly addresses?: readonly string[];
  readonly services?: readonly {
    readonly port: number;
    readonly target: string;
    readonly addresses: readonly string[];
  }[];
  readonly alias?: string;
  readonly text?: string;
  readonly pointers?: readonly string[];
}

const NOTHING: Node = {};

/**
 * The answer to a question within the zone, after the specification of DNS-based service discovery 1.1.0; undefined
 * when the name is not ours, and another server is to be asked.
 */
export function answerOf(question: Question, zone: Zone, names: ClusterNames): ZoneAnswer | undefined {
  const address = reverseAddress(question.name);
  const labels = labelsWithin(question.name, zone.domain);
  const node = address !== undefined ? pointersTo(address, zone, names) : labels && nodeAt(labels, zone, names);
  if (node === undefined) {
    const ours = labels !== undefined || zone.networks.some((network) => isInNetwork(address ?? "", network));
    return ours ? { exists: false, answers: [], additionals: [] } : undefined;
  }
  return recordsOf(question, node);
}

/** The record that goes with a negative answer: who is in charge, and for how long the answer holds. */
export function authorityOf(zone: Zone, serial: number): ResourceRecord {
  const { domain } = zone;
  const data = { mname: `ns.dns.${domain}`, rname: `hostmaster.${domain}`, serial };
  const times = { refresh: 7200, retry: 1800, expire: 86_400, minimum: TTL_SECONDS };
  return { type: "SOA", name: domain, ttl: TTL_SECONDS, data: { ...data, ...times } };
}

function recordsOf({ name, type }: Question, node: Node): ZoneAnswer {
  const common = { name, ttl: TTL_SECONDS };
  const { alias, services = [] } = node;
  if (alias !== undefined) {
    return { exists: true, answers: [{ ...common, type: "CNAME", data: alias }], additionals: [], alias };
  }
  switch (type) {
    case "A":
      return existing((node.addresses ?? []).map((data) => ({ ...common, type, data })));
    case "SRV":
      return existing(
        services.map(({ port, target }) => ({ ...common, type, data: { priority: 0, weight: 100, port, target } })),
        services.flatMap(({ target, addresses }) =>
          addresses.map((data) => ({ ...common, name: target, type: "A" as const, data })),
        ),
      );
    case "PTR":
      return existing((node.pointers ?? []).map((data) => ({ ...common, type, data })));
    case "TXT":
      return existing(node.text === undefined ? [] : [{ ...common, type, data: node.text }]);
    default:
      return existing([]);
  }
}

function existing(answers: readonly ResourceRecord[], additionals: readonly ResourceRecord[] = []): ZoneAnswer {
  return { exists: true, answers, additionals };
}

/** @param labels The name without the zone, from the most special on: `["web", "default", "svc"]`. */
function nodeAt(labels: readonly string[], zone: Zone, names: ClusterNames): Node | undefined {
  const [kind, namespace, ...rest] = labels.toReversed();
  if (kind === undefined) return NOTHING;
  if (kind === "dns-version" && namespace === undefined) return { text: SCHEMA_VERSION };
  if (kind !== "svc" && kind !== "pod") return undefined;
  if (namespace === undefined) return NOTHING;
  if (!names.hasNamespace(namespace)) return undefined;
  if (rest.length === 0) return NOTHING;
  return kind === "pod" ? podNode(rest) : serviceNode(namespace, rest, zone, names);
}

/** Any address has a name below its namespace, whether there is such a pod or not ("insecure", kubeadm's default). */
function podNode(rest: readonly string[]): Node | undefined {
  const address = rest.length === 1 ? dashedAddress(rest[0] ?? "") : undefined;
  return address === undefined ? undefined : { addresses: [address] };
}

function serviceNode(namespace: string, rest: readonly string[], zone: Zone, names: ClusterNames): Node | undefined {
  const [name = "", second, third, ...more] = rest;
  const service = names.service(namespace, name);
  if (service === undefined || more.length > 0) return undefined;
  if (service.spec.type === "ExternalName") {
    return second === undefined && service.spec.externalName ? { alias: service.spec.externalName } : undefined;
  }
  const place: Place = { service, zone, names };
  if (second === undefined) return wholeService(place);
  if (second.startsWith("_")) return protocolNode(place, second.slice(1), third);
  return third === undefined ? endpointNode(place, second) : undefined;
}

/** A Service and where to look for what belongs to it. */
interface Place {
  readonly service: Service;
  readonly zone: Zone;
  readonly names: ClusterNames;
}

function wholeService(place: Place): Node | undefined {
  const { clusterIP } = place.service.spec;
  if (clusterIP && clusterIP !== "None") return { addresses: [clusterIP] };
  // The specification: a headless Service without ready endpoints does not exist.
  const addresses = [...new Set(readyEndpoints(place).flatMap(({ endpoint }) => endpoint.addresses))];
  return addresses.length > 0 ? { addresses } : undefined;
}

/** `_tcp.web`, under which ports are found, or `_http._tcp.web`. */
function protocolNode(place: Place, protocol: string, port: string | undefined): Node | undefined {
  const ofProtocol = (each: { readonly protocol?: string | undefined }) => each.protocol?.toLowerCase() === protocol;
  const { spec } = place.service;
  if (port === undefined) return (spec.ports ?? []).some(ofProtocol) ? NOTHING : undefined;
  const isAsked = (each: { readonly name?: string | undefined; readonly protocol?: string | undefined }) =>
    ofProtocol(each) && each.name !== "" && `_${each.name}` === port;
  const { clusterIP } = spec;
  const services =
    clusterIP && clusterIP !== "None"
      ? (spec.ports ?? [])
          .filter(isAsked)
          .map((each) => ({ port: each.port, target: serviceName(place), addresses: [clusterIP] }))
      : readyEndpoints(place).flatMap(({ endpoint, ports }) =>
          ports.filter(isAsked).map((each) => ({
            port: each.port ?? 0,
            target: `${endpointLabel(endpoint)}.${serviceName(place)}`,
            addresses: endpoint.addresses,
          })),
        );
  return services.length > 0 ? { services } : undefined;
}

function endpointNode(place: Place, label: string): Node | undefined {
  const found = readyEndpoints(place).filter(({ endpoint }) => endpointLabel(endpoint) === label);
  const addresses = [...new Set(found.flatMap(({ endpoint }) => endpoint.addresses))];
  return addresses.length > 0 ? { addresses } : undefined;
}

/** An absent condition means ready. A Service that publishes all its addresses has them ready in its slices. */
function readyEndpoints({ service, names }: Place) {
  return names
    .slices(service.metadata.namespace, service.metadata.name)
    .flatMap(({ endpoints, ports }) =>
      (endpoints ?? [])
        .filter(({ conditions }) => conditions.ready ?? true)
        .map((endpoint) => ({ endpoint, ports: ports ?? [] })),
    );
}

function pointersTo(address: string, zone: Zone, names: ClusterNames): Node | undefined {
  const ofServices = names.servicesAt(address).map((service) => serviceName({ service, zone }));
  if (ofServices.length > 0) return { pointers: ofServices };
  const pointers = names.slicesAt(address).flatMap(({ metadata, endpoints }) => {
    const service = names.service(metadata.namespace, metadata.labels?.[SERVICE_NAME_LABEL] ?? "");
    if (service === undefined) return [];
    return (endpoints ?? [])
      .filter(({ addresses, conditions }) => (conditions.ready ?? true) && addresses.includes(address))
      .map((endpoint) => `${endpointLabel(endpoint)}.${serviceName({ service, zone })}`);
  });
  return pointers.length > 0 ? { pointers: [...new Set(pointers)] } : undefined;
}

function serviceName({ service, zone }: Pick<Place, "service" | "zone">): string {
  return `${service.metadata.name}.${service.metadata.namespace}.svc.${zone.domain}`;
}

function endpointLabel({ hostname, addresses }: Endpoint): string {
  return hostname || addressLabel(addresses[0] ?? "");
}
