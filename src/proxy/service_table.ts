import type { Service, ServicePort } from "#api/core/service.ts";
import type { Endpoint, EndpointSlice } from "#api/discovery/endpointslice.ts";
import { preferred, type Standpoint } from "./topology.ts";

export type Protocol = "tcp" | "udp" | "sctp";

/** One endpoint that connections are sent to. */
export interface Backend {
  readonly address: string;
  readonly port: number;
}

/** An address and port that stands for a set of backends. */
export interface VirtualPort {
  /** A service address, or undefined for a node port: any address of this machine. */
  readonly address: string | undefined;
  readonly protocol: Protocol;
  readonly port: number;
  /** In a fixed order, so that the same state always gives the same table. Empty: connections are refused at once. */
  readonly backends: readonly Backend[];
  /** Connections of one client go to one backend. */
  readonly sticky: boolean;
  /** `namespace/name:port`, for comments and logs. */
  readonly origin: string;
}

/** Everything the node's packet filter should know of Services. */
export interface ServiceTable {
  readonly ports: readonly VirtualPort[];
}

/** The label by which slices belong to a Service. */
export const SERVICE_NAME_LABEL = "kubernetes.io/service-name";

/**
 * The table for a node: which address and port leads to which endpoints.
 *
 * @param here The node: local traffic policies keep to its endpoints, others to those that are hinted to be for it.
 */
export function serviceTable(
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  here: Standpoint,
): ServiceTable {
  const byService = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const name = slice.metadata.labels?.[SERVICE_NAME_LABEL];
    if (name === undefined || slice.addressType !== "IPv4") continue;
    const key = `${slice.metadata.namespace}/${name}`;
    const known = byService.get(key);
    if (known) known.push(slice);
    else byService.set(key, [slice]);
  }
  const ports = services.flatMap((service) =>
    portsOf(service, byService.get(`${service.metadata.namespace}/${service.metadata.name}`) ?? [], here),
  );
  return { ports: ports.toSorted(byPlace) };
}

function portsOf(service: Service, slices: readonly EndpointSlice[], here: Standpoint): VirtualPort[] {
  const { clusterIP, type } = service.spec;
  if (!clusterIP || clusterIP === "None" || type === "ExternalName") return [];
  const outside = [
    ...(service.spec.externalIPs ?? []),
    ...(service.status.loadBalancer.ingress ?? []).flatMap((ingress) => (ingress.ip ? [ingress.ip] : [])),
  ];
  const sticky = service.spec.sessionAffinity === "ClientIP";
  return (service.spec.ports ?? []).flatMap((port) => {
    const origin = `${service.metadata.namespace}/${service.metadata.name}:${port.name ?? port.port}`;
    const protocol = port.protocol.toLowerCase() as Protocol;
    const inner = backendsOf(slices, port, service.spec.internalTrafficPolicy === "Local", here);
    const outer = backendsOf(slices, port, service.spec.externalTrafficPolicy === "Local", here);
    const shared = { protocol, sticky, origin };
    const ports: VirtualPort[] = [{ ...shared, address: clusterIP, port: port.port, backends: inner }];
    for (const address of outside) ports.push({ ...shared, address, port: port.port, backends: outer });
    if (port.nodePort) ports.push({ ...shared, address: undefined, port: port.nodePort, backends: outer });
    return ports;
  });
}

interface Candidate extends Backend {
  readonly endpoint: Endpoint;
}

/**
 * Ready endpoints; when there is none, those that still serve while they terminate, so that the last pod of a
 * Service finishes its work (KEP-1669).
 */
function backendsOf(
  slices: readonly EndpointSlice[],
  port: ServicePort,
  isLocal: boolean,
  here: Standpoint,
): Backend[] {
  const ready: Candidate[] = [];
  const leaving: Candidate[] = [];
  for (const slice of slices) {
    const target = slice.ports?.find((each) => (each.name ?? "") === (port.name ?? ""));
    if (target?.port === undefined) continue;
    for (const endpoint of slice.endpoints ?? []) {
      if (isLocal && endpoint.nodeName !== here.nodeName) continue;
      const list = isReady(endpoint) ? ready : isLeaving(endpoint) ? leaving : undefined;
      for (const address of endpoint.addresses.slice(0, 1)) list?.push({ address, port: target.port, endpoint });
    }
  }
  const usable = ready.length === 0 ? leaving : isLocal ? ready : preferred(ready, here);
  const backends = usable.map(({ address, port: number }): Backend => ({ address, port: number }));
  return backends.toSorted((a, b) => compare(a.address, b.address) || a.port - b.port);
}

/** An absent condition means ready (discovery/v1). */
function isReady(endpoint: Endpoint): boolean {
  return endpoint.conditions.ready ?? true;
}

function isLeaving(endpoint: Endpoint): boolean {
  return (endpoint.conditions.serving ?? false) && (endpoint.conditions.terminating ?? false);
}

function byPlace(a: VirtualPort, b: VirtualPort): number {
  return compare(a.address ?? "", b.address ?? "") || compare(a.protocol, b.protocol) || a.port - b.port;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
