import { Endpoints, type EndpointAddress, type EndpointPort, type EndpointSubset } from "#api/core/endpoints.ts";
import { Pod } from "#api/core/pod.ts";
import { Service } from "#api/core/service.ts";
import { isApiError } from "#client/client.ts";
import { controller, watching } from "#client/controller.ts";
import { semanticallyEqual } from "#client/equality.ts";
import { podsWith } from "./pod_selection.ts";
import { isReady } from "./pod_state.ts";
import { isNamespaceTerminating } from "./replicas.ts";
import {
  addressOf,
  endpointsPaceMs,
  hasAddress,
  hostnameOf,
  isHeadless,
  isManaged,
  podReference,
  portsOf,
  servicesOf,
  type ResolvedPort,
} from "./service_endpoints.ts";

const MANAGED_BY_LABEL = "endpoints.kubernetes.io/managed-by";
const HEADLESS_LABEL = "service.kubernetes.io/headless";
const OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";
/** Addresses of one Endpoints at most (endpoints_controller.go, maxCapacity). */
const ADDRESSES_MAX = 1000;

/** The elder form of EndpointSlice, one object per Service, kept for those who still read it. */
export const endpointsController = controller({
  name: "endpoints",
  component: "endpoint-controller",
  for: Service,
  watches: [
    watching(Pod, servicesOf),
    watching(Endpoints, ({ metadata }, _previous, { cache }) => (cache(Service).get(metadata) ? [metadata] : [])),
  ],

  paceMs: ({ metadata, spec }, { cache }) =>
    endpointsPaceMs(podsWith(cache(Pod), metadata.namespace, spec.selector ?? {}).length),

  async reconcile(service, { client, cache }) {
    if (!isManaged(service) || service.metadata.deletionTimestamp !== undefined) return;
    const { name, namespace } = service.metadata;
    const pods = podsWith(cache(Pod), namespace, service.spec.selector ?? {});
    const { subsets, isTruncated } = withinCapacity(subsetsOf(service, pods));
    const labels = labelsOf(service);
    const annotations = isTruncated ? { [OVER_CAPACITY]: "truncated" } : {};
    const known = cache(Endpoints).get(service.metadata);
    try {
      if (!known) {
        await client.create(Endpoints, { metadata: { name, namespace, labels, annotations }, subsets });
        return;
      }
      const next = { ...known, subsets, metadata: { ...known.metadata, labels } };
      const wasTruncated = known.metadata.annotations?.[OVER_CAPACITY] !== undefined;
      if (isTruncated !== wasTruncated) next.metadata.annotations = annotations;
      if (!semanticallyEqual(next, known)) await client.update(Endpoints, next);
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
    }
  },

  async gone(ref, { client, cache }) {
    const known = cache(Endpoints).get(ref);
    if (known?.metadata.labels?.[MANAGED_BY_LABEL] === undefined) return;
    await client.delete(Endpoints, ref, { preconditions: { uid: known.metadata.uid } }).catch((error: unknown) => {
      if (!isApiError(error, "NotFound")) throw error;
    });
  },
});

/** The addresses of a Service's pods, together where they offer the same ports. Pure. */
export function subsetsOf(service: Service, pods: readonly Pod[]): EndpointSubset[] {
  const groups = new Map<string, { ports: EndpointPort[]; ready: EndpointAddress[]; notReady: EndpointAddress[] }>();
  const isTolerant = service.spec.publishNotReadyAddresses ?? false;
  for (const pod of pods.filter(hasAddress)) {
    if (!isTolerant && pod.metadata.deletionTimestamp !== undefined) continue;
    const ports = portsOf(service, pod).map(withoutEmptyName);
    if (ports.length === 0 && !isHeadless(service)) continue;
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, ready: [], notReady: [] };
    groups.set(key, group);
    (isTolerant || isReady(pod) ? group.ready : group.notReady).push(addressEntry(service, pod));
  }
  return Array.from(groups, ([key, group]) => ({ key, group }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ group: { ports, ready, notReady } }) => ({
      ...(ready.length > 0 && { addresses: ready.toSorted(byAddress) }),
      ...(notReady.length > 0 && { notReadyAddresses: notReady.toSorted(byAddress) }),
      ...(ports.length > 0 && { ports }),
    }));
}

/** A port without a name has none here: written as an empty one it would come back absent, and be written again. */
function withoutEmptyName({ name, ...port }: ResolvedPort): EndpointPort {
  return name === "" ? port : { name, ...port };
}

function addressEntry(service: Service, pod: Pod): EndpointAddress {
  const { nodeName } = pod.spec;
  const hostname = hostnameOf(pod, service);
  return {
    ip: addressOf(pod) ?? "",
    ...(nodeName && { nodeName }),
    ...(hostname !== undefined && { hostname }),
    targetRef: podReference(pod),
  };
}

function byAddress(a: EndpointAddress, b: EndpointAddress): number {
  if (a.ip !== b.ip) return a.ip < b.ip ? -1 : 1;
  return (a.targetRef?.uid ?? "") < (b.targetRef?.uid ?? "") ? -1 : 1;
}

/** Cuts what one object cannot hold: ready addresses stay before those that are not. */
function withinCapacity(subsets: EndpointSubset[]): { subsets: EndpointSubset[]; isTruncated: boolean } {
  let left = ADDRESSES_MAX;
  let isTruncated = false;
  const take = (addresses: EndpointAddress[] | undefined) => {
    const kept = addresses?.slice(0, left);
    left -= kept?.length ?? 0;
    isTruncated ||= (kept?.length ?? 0) < (addresses?.length ?? 0);
    return kept?.length ? kept : undefined;
  };
  const ready = subsets.map((subset) => take(subset.addresses));
  const cut = subsets.map((subset, at) => ({
    ...subset,
    addresses: ready[at],
    notReadyAddresses: take(subset.notReadyAddresses),
  }));
  return { subsets: isTruncated ? cut : subsets, isTruncated };
}

function labelsOf(service: Service): Record<string, string> {
  const { [HEADLESS_LABEL]: _own, ...labels } = service.metadata.labels ?? {};
  return {
    ...labels,
    [MANAGED_BY_LABEL]: "endpoint-controller",
    ...(isHeadless(service) && { [HEADLESS_LABEL]: "" }),
  };
}
