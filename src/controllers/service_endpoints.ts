import type { Pod } from "#api/core/pod.ts";
import type { ObjectReference } from "#api/core/reference.ts";
import { Service, type ServicePort } from "#api/core/service.ts";
import type { Caches } from "#client/controller.ts";
import { semanticallyEqual } from "#client/equality.ts";
import { hasLabels } from "./pod_selection.ts";
import { isReady, isTerminal } from "./pod_state.ts";

/** A port as one pod offers it. */
export interface ResolvedPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol?: string;
}

/** Endpoints up to which a Service is looked at on every change of one of them. */
const UNPACED_ENDPOINTS_MAX = 50;

/**
 * How long to let changes gather: a pass writes every slice in which something changed, in the end all of them, which
 * takes a third of a second of work for ten thousand endpoints. 20 ms for a thousand, at most 2 s.
 */
export function endpointsPaceMs(endpoints: number): number {
  return endpoints <= UNPACED_ENDPOINTS_MAX ? 0 : Math.min(2_000, Math.ceil(endpoints ** 2 / 50_000));
}

/** Whether controllers keep a Service's endpoints: those without a selector keep their own. */
export function isManaged({ spec }: Service): boolean {
  return spec.type !== "ExternalName" && Object.keys(spec.selector ?? {}).length > 0;
}

export function isHeadless({ spec }: Service): boolean {
  return spec.clusterIP === "None";
}

/** Whether a pod has an address that could be served. */
export function hasAddress(pod: Pod): boolean {
  return !isTerminal(pod) && addressOf(pod) !== undefined;
}

/** The pod's IPv4 address, once it has one. */
export function addressOf({ status }: Pod): string | undefined {
  for (const { ip } of status.podIPs ?? []) if (isIpv4(ip)) return ip;
  return isIpv4(status.podIP) ? status.podIP : undefined;
}

function isIpv4(ip: string | undefined): ip is string {
  return ip !== undefined && ip !== "" && !ip.includes(":");
}

/** Whether all pods offer a Service's ports alike, as none of them is found by its name. */
export function hasSamePorts({ spec }: Service): boolean {
  return (spec.ports ?? []).every(({ targetPort, port }) => typeof (targetPort || port) === "number");
}

/** A Service's ports as a pod offers them; a named port the pod does not have is left out. */
export function portsOf(service: Service, pod: Pod): ResolvedPort[] {
  return (service.spec.ports ?? []).flatMap((each) => {
    const port = portNumber(each, pod);
    if (port === undefined) return [];
    const { name = "", protocol, appProtocol } = each;
    return [{ name, port, protocol, ...(appProtocol !== undefined && { appProtocol }) }];
  });
}

function portNumber(servicePort: ServicePort, pod: Pod): number | undefined {
  const target = servicePort.targetPort || servicePort.port;
  if (typeof target === "number") return target;
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === "Always");
  for (const container of [...pod.spec.containers, ...sidecars]) {
    const found = container.ports?.find(({ name, protocol }) => name === target && protocol === servicePort.protocol);
    if (found) return found.containerPort;
  }
  return undefined;
}

export function podReference({ metadata }: Pod): ObjectReference {
  return { kind: "Pod", namespace: metadata.namespace, name: metadata.name, uid: metadata.uid };
}

/** The pod's own name in the Service's domain, where it asks for one. */
export function hostnameOf({ spec, metadata }: Pod, service: Service): string | undefined {
  const isWithin = spec.subdomain === service.metadata.name && metadata.namespace === service.metadata.namespace;
  return isWithin && spec.hostname ? spec.hostname : undefined;
}

/** The Services whose endpoints a change of a pod concerns. */
export function servicesOf(pod: Pod, previous: Pod | undefined, { cache }: Caches) {
  if (previous && isShownAlike(pod, previous)) return [];
  const services = cache(Service).list(pod.metadata.namespace);
  const isConcerned = ({ spec }: Service) =>
    hasLabels(pod, spec.selector) || (previous !== undefined && hasLabels(previous, spec.selector));
  return services.filter(isConcerned).map((service) => service.metadata);
}

/** Whether two versions of a pod are the same in all that endpoints show of it. */
function isShownAlike(a: Pod, b: Pod): boolean {
  return (
    isReady(a) === isReady(b) &&
    isTerminal(a) === isTerminal(b) &&
    (a.metadata.deletionTimestamp === undefined) === (b.metadata.deletionTimestamp === undefined) &&
    addressOf(a) === addressOf(b) &&
    a.spec.nodeName === b.spec.nodeName &&
    a.spec.hostname === b.spec.hostname &&
    a.spec.subdomain === b.spec.subdomain &&
    semanticallyEqual(a.metadata.labels, b.metadata.labels)
  );
}
