import { Endpoints, type EndpointAddress, type EndpointSubset } from "#api/core/endpoints.ts";
import type { Endpoint, EndpointSlice, EndpointSliceDraft } from "#api/discovery/endpointslice.ts";
import { ownerReference } from "#api/ownership.ts";
import { semanticallyEqual } from "#client/equality.ts";
import { MANAGED_BY_LABEL, SERVICE_NAME_LABEL } from "./endpointslice_plan.ts";

/** kube-controller-manager --mirroring-max-endpoints-per-subset. */
const ADDRESSES_MAX = 1000;
export const MIRROR_MANAGER = "endpointslicemirroring-controller.k8s.io";
/** What is only about the object it stands on. */
const OWN_ANNOTATIONS = [
  "endpoints.kubernetes.io/last-change-trigger-time",
  "kubectl.kubernetes.io/last-applied-configuration",
];

/** The slices that show an Endpoints: one for the addresses of a family in a subset. Pure. */
export function mirrorOf(endpoints: Endpoints) {
  let skipped = 0;
  const slices = (endpoints.subsets ?? []).flatMap((subset) => {
    const all = [...shown(subset.addresses, true), ...shown(subset.notReadyAddresses, false)];
    skipped += Math.max(0, all.length - ADDRESSES_MAX);
    const kept = all.slice(0, ADDRESSES_MAX);
    return (["IPv4", "IPv6"] as const).flatMap((family) => {
      const isOfFamily = ({ addresses }: Endpoint) => addresses[0]?.includes(":") === (family === "IPv6");
      const found = kept.filter(isOfFamily);
      return found.length > 0 ? [sliceOf(endpoints, family, found, subset)] : [];
    });
  });
  return { slices, skipped, max: ADDRESSES_MAX };
}

function shown(addresses: readonly EndpointAddress[] = [], ready: boolean): Endpoint[] {
  return addresses.map(({ ip, hostname, nodeName, targetRef }) => ({
    addresses: [ip],
    conditions: { ready },
    ...(hostname !== undefined && { hostname }),
    ...(nodeName !== undefined && { nodeName }),
    ...(targetRef && { targetRef }),
  }));
}

function sliceOf(
  { metadata }: Endpoints,
  addressType: "IPv4" | "IPv6",
  endpoints: Endpoint[],
  { ports = [] }: EndpointSubset,
): EndpointSliceDraft {
  const { name, namespace } = metadata;
  const annotations = Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(([key]) => !OWN_ANNOTATIONS.includes(key)),
  );
  return {
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: { ...metadata.labels, [SERVICE_NAME_LABEL]: name, [MANAGED_BY_LABEL]: MIRROR_MANAGER },
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ownerReferences: [ownerReference(Endpoints, { metadata })],
    },
    addressType,
    endpoints,
    ports: ports.map(({ name: portName = "", port, protocol = "TCP", appProtocol }) => ({
      name: portName,
      port,
      protocol,
      ...(appProtocol !== undefined && { appProtocol }),
    })),
  };
}

/** How the slices there are become those wanted; one of the same family and ports is changed, not replaced. Pure. */
export function planMirror(wanted: readonly EndpointSliceDraft[], existing: readonly EndpointSlice[]) {
  const left = new Set(existing);
  const create: EndpointSliceDraft[] = [];
  const update: EndpointSlice[] = [];
  for (const draft of wanted) {
    const { addressType, endpoints = [], metadata } = draft;
    const same = [...left].find(
      (slice) => slice.addressType === addressType && semanticallyEqual(slice.ports, draft.ports ?? []),
    );
    if (!same) {
      create.push(draft);
      continue;
    }
    left.delete(same);
    const { labels, annotations } = metadata ?? {};
    const next = { ...same, endpoints: endpoints as Endpoint[], metadata: { ...same.metadata, labels, annotations } };
    if (!semanticallyEqual(next, same)) update.push(next);
  }
  return { create, update, remove: [...left] };
}
