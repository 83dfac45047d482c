import type { Node } from "#api/core/node.ts";
import { zoneLabel } from "#api/core/node_zone.ts";
import type { Pod } from "#api/core/pod.ts";
import { Service } from "#api/core/service.ts";
import type { Endpoint, EndpointSlice, EndpointSliceDraft } from "#api/discovery/endpointslice.ts";
import { ownerReference } from "#api/ownership.ts";
import { semanticallyEqual } from "#client/equality.ts";
import { hintsOf } from "./endpoint_hints.ts";
import {
  addressOf,
  hasAddress,
  hasSamePorts,
  hostnameOf,
  isHeadless,
  podReference,
  portsOf,
  type ResolvedPort,
} from "./service_endpoints.ts";
import { isReady } from "./pod_state.ts";

/** kube-controller-manager --max-endpoints-per-slice. */
const ENDPOINTS_PER_SLICE_MAX = 100;
export const SERVICE_NAME_LABEL = "kubernetes.io/service-name";
export const MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by";
export const MANAGER = "endpointslice-controller.k8s.io";
const HEADLESS_LABEL = "service.kubernetes.io/headless";

interface SlicePlan {
  readonly create: readonly EndpointSliceDraft[];
  readonly update: readonly EndpointSlice[];
  readonly remove: readonly EndpointSlice[];
}

/** Pods that offer the same ports share slices. */
interface Group {
  readonly ports: readonly ResolvedPort[];
  /** By uid. */
  readonly pods: Map<string, Pod>;
}

/** What an endpoint says beside where it is, as its pod and its node have it now. */
interface Facets {
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly zone: string | undefined;
  readonly hostname: string | undefined;
}

/** How pods of one Service are shown. */
class Portrait {
  readonly #service: Service;
  readonly #nodeOf: (name: string) => Node | undefined;

  constructor(service: Service, nodeOf: (name: string) => Node | undefined) {
    this.#service = service;
    this.#nodeOf = nodeOf;
  }

  endpointOf(pod: Pod): Endpoint {
    const { ready, serving, terminating, zone, hostname } = this.#facetsOf(pod);
    const { nodeName } = pod.spec;
    const hints = hintsOf(this.#service, { ready, nodeName, zone });
    return {
      addresses: [addressOf(pod) ?? ""],
      conditions: { ready, serving, terminating },
      targetRef: podReference(pod),
      ...(nodeName && { nodeName }),
      ...(zone !== undefined && { zone }),
      ...(hostname !== undefined && { hostname }),
      ...(hints && { hints }),
    };
  }

  /**
   * Whether `known` is what `endpointOf` would give. Asked of every endpoint in each pass, so that nothing is made for
   * those that stay as they are.
   */
  isShownBy(known: Endpoint, pod: Pod): boolean {
    const { addresses, conditions, targetRef, nodeName, zone, hostname, hints, ...rest } = known;
    const now = this.#facetsOf(pod);
    return (
      addresses.length === 1 &&
      addresses[0] === addressOf(pod) &&
      conditions?.ready === now.ready &&
      conditions.serving === now.serving &&
      conditions.terminating === now.terminating &&
      (nodeName ?? "") === (pod.spec.nodeName ?? "") &&
      zone === now.zone &&
      hostname === now.hostname &&
      semanticallyEqual(targetRef, podReference(pod)) &&
      semanticallyEqual(hints, hintsOf(this.#service, { ...now, nodeName: pod.spec.nodeName })) &&
      semanticallyEqual(rest, {})
    );
  }

  #facetsOf(pod: Pod): Facets {
    const serving = isReady(pod);
    const terminating = pod.metadata.deletionTimestamp !== undefined;
    const ready = (this.#service.spec.publishNotReadyAddresses ?? false) || (serving && !terminating);
    const { nodeName } = pod.spec;
    const zone = nodeName ? zoneLabel(this.#nodeOf(nodeName)) : undefined;
    return { ready, serving, terminating, zone, hostname: hostnameOf(pod, this.#service) };
  }
}

/**
 * Decides how a Service's slices come to show its pods, with as few writes as may be: an endpoint stays in the slice
 * it is in, new ones fill slices that are written anyway, then others with room, then new slices. Pure.
 *
 * @param existing Slices this controller manages for the Service.
 */
export function planSlices(
  service: Service,
  pods: readonly Pod[],
  existing: readonly EndpointSlice[],
  nodeOf: (name: string) => Node | undefined,
): SlicePlan {
  const groups = groupsOf(service, pods);
  const portrait = new Portrait(service, nodeOf);
  const labels = labelsOf(service);
  const create: EndpointSliceDraft[] = [];
  const update: EndpointSlice[] = [];
  const remove: EndpointSlice[] = [];
  const usable = existing.filter((slice) => slice.addressType === "IPv4");
  remove.push(...existing.filter((slice) => slice.addressType !== "IPv4"));
  for (const slice of usable) if (!groups.has(portsKey(slice.ports))) remove.push(slice);
  for (const [key, group] of groups) {
    const present = usable.filter((slice) => portsKey(slice.ports) === key);
    const plan = fill(group, present, portrait);
    remove.push(...plan.emptied);
    for (const [slice, endpoints] of plan.kept) {
      const next = { ...slice, endpoints, metadata: { ...slice.metadata, labels } };
      if (!semanticallyEqual(next, slice)) update.push(next);
    }
    for (const endpoints of plan.added) create.push(draftOf(service, labels, endpoints, group.ports));
  }
  return { create, update, remove };
}

function groupsOf(service: Service, pods: readonly Pod[]): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  let group: Group | undefined;
  const isSame = hasSamePorts(service);
  for (const pod of pods) {
    if (!hasAddress(pod)) continue;
    if (group === undefined || !isSame) {
      const ports = portsOf(service, pod);
      const key = portsKey(ports);
      group = groups.get(key) ?? { ports, pods: new Map<string, Pod>() };
      groups.set(key, group);
    }
    group.pods.set(pod.metadata.uid, pod);
  }
  // A Service that nobody serves still has a slice, so that consumers can tell "nobody" from "not looked yet".
  if (groups.size === 0) groups.set(portsKey([]), { ports: [], pods: new Map() });
  return groups;
}

/** The ports of a slice, whatever their order. */
function portsKey(
  ports: readonly { name?: string; port?: number | undefined; protocol?: string; appProtocol?: string | undefined }[],
): string {
  const words = ports.map(({ name = "", port, protocol, appProtocol }) => [name, port, protocol, appProtocol ?? null]);
  return JSON.stringify(words.map((each) => JSON.stringify(each)).toSorted());
}

interface Filled {
  readonly kept: ReadonlyMap<EndpointSlice, Endpoint[]>;
  readonly emptied: readonly EndpointSlice[];
  readonly added: readonly Endpoint[][];
}

/** Puts a group's endpoints into its present slices and as many more as it takes. */
function fill(group: Group, present: readonly EndpointSlice[], portrait: Portrait): Filled {
  const left = new Map(group.pods);
  const kept = new Map<EndpointSlice, Endpoint[]>();
  const changed = new Set<EndpointSlice>();
  for (const slice of present) {
    let isChanged = false;
    const stay: Endpoint[] = [];
    for (const known of slice.endpoints) {
      const uid = known.targetRef?.uid ?? "";
      const pod = left.get(uid);
      left.delete(uid);
      const isKnown = pod !== undefined && portrait.isShownBy(known, pod);
      isChanged ||= !isKnown;
      // The known one itself: comparing it with itself later costs nothing.
      if (pod) stay.push(isKnown ? known : portrait.endpointOf(pod));
    }
    kept.set(slice, stay);
    if (isChanged) changed.add(slice);
  }
  const rest = Array.from(left.values(), (pod) => portrait.endpointOf(pod));
  const byUse = present.toSorted(
    (a, b) => Number(changed.has(b)) - Number(changed.has(a)) || b.endpoints.length - a.endpoints.length,
  );
  for (const slice of byUse) {
    const endpoints = kept.get(slice) ?? [];
    endpoints.push(...rest.splice(0, ENDPOINTS_PER_SLICE_MAX - endpoints.length));
  }
  const added: Endpoint[][] = [];
  while (rest.length > 0) added.push(rest.splice(0, ENDPOINTS_PER_SLICE_MAX));
  const isPlaceholder = group.pods.size === 0;
  if (isPlaceholder && present.length === 0) added.push([]);
  const emptied = present.filter((slice, at) => kept.get(slice)?.length === 0 && !(isPlaceholder && at === 0));
  for (const slice of emptied) kept.delete(slice);
  return { kept, emptied, added };
}

function labelsOf(service: Service): Record<string, string> {
  const { [HEADLESS_LABEL]: _own, ...labels } = service.metadata.labels ?? {};
  return {
    ...labels,
    [SERVICE_NAME_LABEL]: service.metadata.name,
    [MANAGED_BY_LABEL]: MANAGER,
    ...(isHeadless(service) && { [HEADLESS_LABEL]: "" }),
  };
}

function draftOf(
  service: Service,
  labels: Record<string, string>,
  endpoints: Endpoint[],
  ports: readonly ResolvedPort[],
): EndpointSliceDraft {
  const { name, namespace } = service.metadata;
  return {
    metadata: { generateName: `${name}-`, namespace, labels, ownerReferences: [ownerReference(Service, service)] },
    addressType: "IPv4",
    endpoints,
    ports: [...ports],
  };
}
