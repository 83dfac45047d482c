import type { APIService, ServiceReference } from "#api/apiregistration/apiservice.ts";
import { Service } from "#api/core/service.ts";
import { EndpointSlice } from "#api/discovery/endpointslice.ts";
import type { Random } from "#base/random.ts";
import type { Store } from "#store/store.ts";
import { objectOf, storageKey } from "../object_codec.ts";
import { storedObjects } from "../stored_object.ts";
import type { ServiceTarget } from "./service_door.ts";

/** Why a Service leads nowhere: reason and message of the condition (kube-aggregator, remote availability controller). */
export interface TargetProblem {
  readonly reason: string;
  readonly message: string;
}

/** What Services are looked up in, and how one of several endpoints is chosen. */
export interface Lookup {
  readonly store: Store;
  readonly random: Random;
}

/** Where the requests of an API service go: one of its Service's ready endpoints, or the external name. */
export function targetOf({ store, random }: Lookup, { spec }: APIService): ServiceTarget | TargetProblem {
  const { service, insecureSkipTLSVerify = false, caBundle = "" } = spec;
  if (service === undefined) return { reason: "Local", message: "Local APIServices are always available" };
  const { namespace = "", name = "", port } = service;
  const entry = store.get(storageKey(Service, namespace, name));
  const found = entry && (objectOf(entry) as Service);
  if (found === undefined) {
    return { reason: "ServiceNotFound", message: `service/${name} in ${JSON.stringify(namespace)} is not present` };
  }
  const place =
    found.spec.type === "ExternalName"
      ? { host: found.spec.externalName ?? "", port }
      : endpointOf(storedObjects<EndpointSlice>(store, EndpointSlice, namespace), found, service, random);
  if ("reason" in place) return place;
  const ca = caBundle === "" ? undefined : atob(caBundle);
  return { ...place, serverName: `${name}.${namespace}.svc`, ca, insecure: insecureSkipTLSVerify };
}

export function isProblem(target: ServiceTarget | TargetProblem): target is TargetProblem {
  return "reason" in target;
}

function endpointOf(
  all: readonly EndpointSlice[],
  { spec }: Service,
  { namespace = "", name = "", port: asked }: ServiceReference,
  random: Random,
): Pick<ServiceTarget, "host" | "port"> | TargetProblem {
  const where = `service/${name} in ${JSON.stringify(namespace)}`;
  const port = spec.ports?.find((each) => each.port === asked);
  if (port === undefined) return { reason: "ServicePortError", message: `${where} is not listening on port ${asked}` };
  const slices = all.filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name);
  if (slices.length === 0) return { reason: "EndpointsNotFound", message: `cannot find endpoints for ${where}` };
  const portName = port.name ?? "";
  const places = slices.flatMap(({ ports = [], endpoints = [] }) => {
    const target = ports?.find((each) => (each.name ?? "") === portName)?.port;
    if (target === undefined) return [];
    const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
    return ready.flatMap(({ addresses }) => addresses.map((host) => ({ host, port: target })));
  });
  const place = places[random.below(Math.max(1, places.length))];
  if (place !== undefined) return place;
  const message = `endpoints for ${where} have no addresses with port name ${JSON.stringify(portName)}`;
  return { reason: "MissingEndpoints", message };
}
