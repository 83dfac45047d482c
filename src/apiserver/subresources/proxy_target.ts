import { Node } from "#api/core/node.ts";
import type { Pod } from "#api/core/pod.ts";
import { Service } from "#api/core/service.ts";
import { EndpointSlice } from "#api/discovery/endpointslice.ts";
import type { Call } from "../context.ts";
import type { ServiceTarget } from "../aggregation/service_door.ts";
import { objectOf } from "../object_codec.ts";
import { badRequest, serviceUnavailable, type StatusError } from "../status_error.ts";
import { entryAt, storedObjects } from "../stored_object.ts";
import { podOf } from "./container_choice.ts";

/** Where an agent listens whose node does not say (kubelet's own port). */
const AGENT_PORT = 10_250;

/** What a name in a path asks for: `NAME`, `NAME:PORT` or `SCHEME:NAME:PORT`. */
interface Asked {
  readonly scheme: string;
  readonly name: string;
  /** Empty when none is named. */
  readonly port: string;
}

function askedFor({ info, kind }: Call): Asked {
  const parts = info.name.split(":");
  const [scheme = "", name = "", port = ""] = parts.length === 3 ? parts : ["", ...parts];
  const isGood = parts.length <= 3 && name !== "" && ["", "http", "https"].includes(scheme);
  if (!isGood) throw badRequest(`invalid ${kind.kind.toLowerCase()} request ${JSON.stringify(info.name)}`);
  return { scheme, name, port };
}

/** Where a request through a pod or a Service goes. @throws {StatusError} 400, 404, 503. */
export function proxyTarget(call: Call): ServiceTarget {
  const asked = askedFor(call);
  const named = { ...call, info: { ...call.info, name: asked.name } };
  const place = placeAsked(named, asked);
  const how = { serverName: place.host, ca: undefined, insecure: true, anonymous: true };
  return { ...place, ...how, plain: asked.scheme !== "https" };
}

function placeAsked(call: Call, asked: Asked): Place {
  if (call.kind === Service) return serviceEndpoint(call, asked);
  return call.kind === Node ? nodeAddress(nodeOf(call), asked) : podAddress(podOf(call), asked);
}

/**
 * The node whose own agent is meant, which is where a name leads that has no port, or the agent's; undefined for another
 * port of its machine (core/node strategy.go, ResourceLocation). @throws {StatusError} 400, 404.
 */
export function agentAsked(call: Call): string | undefined {
  const { name, port } = askedFor(call);
  const { status } = nodeOf({ ...call, info: { ...call.info, name } });
  const agentPort = status.daemonEndpoints?.kubeletEndpoint?.Port || AGENT_PORT;
  return port === "" || port === String(agentPort) ? name : undefined;
}

function nodeOf({ server, info }: Call): Node {
  return objectOf(entryAt(server.store, Node, "", info.name)) as unknown as Node;
}

function nodeAddress({ status }: Node, { port }: Asked): Place {
  const host = status.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "";
  if (!isReachable(host)) throw badRequest("address not allowed");
  return { host, port: portNumber(port) };
}

interface Place {
  readonly host: string;
  readonly port: number;
}

function podAddress({ spec, status }: Pod, { scheme, port }: Asked): Place {
  const host = status.podIP ?? "";
  if (!isReachable(host)) throw badRequest("address not allowed");
  const declared = spec.containers.find(({ ports }) => (ports ?? []).length > 0)?.ports?.[0]?.containerPort;
  const standard = scheme === "https" ? 443 : 80;
  return { host, port: port === "" ? (declared ?? standard) : portNumber(port) };
}

/** Global unicast, as Go's net package has it: no way to this machine itself or its link. */
function isReachable(address: string): boolean {
  if (address === "") return false;
  if (address.includes(":")) return !/^(?:::1?|f[ef][0-9a-f]{2}:.*)$/i.test(address);
  const [a = 0, b = 0] = address.split(".").map(Number);
  return a !== 0 && a !== 127 && a < 224 && !(a === 169 && b === 254);
}

function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw badRequest(`invalid port ${JSON.stringify(text)}`);
}

/** One of the ready endpoints of a Service (core/service/storage, ResourceLocation). */
function serviceEndpoint({ server, info }: Call, { name, port }: Asked): Place {
  const { spec } = objectOf(entryAt(server.store, Service, info.namespace, name)) as Service;
  const portName = portNameOf(spec.ports ?? [], port, name);
  const slices = storedObjects<EndpointSlice>(server.store, EndpointSlice, info.namespace).filter(
    ({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name,
  );
  const places = slices.flatMap(({ ports, endpoints }) => {
    const target = (ports ?? []).find((each) => (each.name ?? "") === portName)?.port;
    if (target === undefined) return [];
    const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
    return ready.flatMap(({ addresses }) => addresses.map((host) => ({ host, port: target })));
  });
  const place = places[server.random.below(Math.max(1, places.length))];
  if (place === undefined) throw noEndpoints(name);
  return place;
}

/** The only port has no need to be named; one may be named by its number. */
function portNameOf(
  ports: readonly { readonly name?: string | undefined; readonly port: number }[],
  asked: string,
  service: string,
): string {
  if (asked === "") return ports.length === 1 ? (ports[0]?.name ?? "") : "";
  if (!/^\d+$/.test(asked)) return asked;
  const port = ports.find((each) => each.port === Number(asked));
  if (port !== undefined) return port.name ?? "";
  throw serviceUnavailable(`no service port ${asked} found for service ${JSON.stringify(service)}`);
}

function noEndpoints(service: string): StatusError {
  return serviceUnavailable(`no endpoints available for service ${JSON.stringify(service)}`);
}
