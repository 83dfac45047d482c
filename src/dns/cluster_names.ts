import { Namespace } from "#api/core/namespace.ts";
import { Service } from "#api/core/service.ts";
import { EndpointSlice } from "#api/discovery/endpointslice.ts";
import type { InformerFactory } from "#client/informer.ts";

/** What the records are made of. */
export interface ClusterNames {
  hasNamespace(name: string): boolean;
  service(namespace: string, name: string): Service | undefined;
  /** The IPv4 slices of a Service. */
  slices(namespace: string, service: string): readonly EndpointSlice[];
  /** Services that have this address of their own. */
  servicesAt(address: string): readonly Service[];
  /** Slices with an endpoint of this address. */
  slicesAt(address: string): readonly EndpointSlice[];
}

/** The label by which slices belong to a Service. */
export const SERVICE_NAME_LABEL = "kubernetes.io/service-name";

const BY_SERVICE = "dns/service";
const BY_ADDRESS = "dns/address";

/** Follows the cluster; resolves once everything there is now is known. */
export async function followClusterNames(informers: InformerFactory): Promise<ClusterNames> {
  const namespaces = informers.informer(Namespace);
  const services = informers.informer(Service);
  const slices = informers.informer(EndpointSlice);
  services.cache.addIndex(BY_ADDRESS, ({ spec }) =>
    spec.clusterIP && spec.clusterIP !== "None" && spec.type !== "ExternalName" ? [spec.clusterIP] : [],
  );
  slices.cache.addIndex(BY_ADDRESS, ({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses));
  slices.cache.addIndex(BY_SERVICE, ({ metadata, addressType }) => {
    const service = metadata.labels?.[SERVICE_NAME_LABEL];
    return service !== undefined && addressType === "IPv4" ? [`${metadata.namespace}/${service}`] : [];
  });
  await Promise.all([namespaces.synced, services.synced, slices.synced]);
  return {
    hasNamespace: (name) => namespaces.cache.get({ name }) !== undefined,
    service: (namespace, name) => services.cache.get({ namespace, name }),
    slices: (namespace, service) => slices.cache.byIndex(BY_SERVICE, `${namespace}/${service}`),
    servicesAt: (address) => services.cache.byIndex(BY_ADDRESS, address),
    slicesAt: (address) => slices.cache.byIndex(BY_ADDRESS, address),
  };
}
