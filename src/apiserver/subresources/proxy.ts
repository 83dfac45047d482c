import type { HttpResponse } from "#base/http.ts";
import { collected } from "#base/stream_body.ts";
import { Node } from "#api/core/node.ts";
import { Pod } from "#api/core/pod.ts";
import { Service } from "#api/core/service.ts";
import type { ServiceRequest } from "../aggregation/service_door.ts";
import { passedHeaders } from "../aggregation/identity_headers.ts";
import { forward, forwardUpgrade, type Way } from "../aggregation/proxy.ts";
import type { ConnectHandler } from "../connect.ts";
import type { Call, VerbHandler } from "../context.ts";
import { methodNotAllowed, serviceUnavailable } from "../status_error.ts";
import { prefixedLink, withPrefixedLinks } from "./html_links.ts";
import { connectionsOf } from "./container_choice.ts";
import { agentAsked, proxyTarget } from "./proxy_target.ts";

/** `/api/v1/namespaces/NAMESPACE/RESOURCE/NAME/proxy`, and what follows. */
const PLACE = /^((?:\/+[^/]+){7})(\/.*)?$/s;
/** `/api/v1/nodes/NAME/proxy`, and what follows. */
const NODE_PLACE = /^((?:\/+[^/]+){5})(\/.*)?$/s;

/**
 * `NODES|PODS|SERVICES/NAME/proxy/…`: what a server in the cluster says to any method. Redirects and links in pages are made
 * to lead through here again (apimachinery util/proxy).
 */
export const proxy: VerbHandler = async (call) => {
  const { request, kind } = call;
  if (kind !== Pod && kind !== Service && kind !== Node) throw methodNotAllowed();
  const { prefix, path, query } = placeOf(call);
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (path === "" && isRead) return movedTo(`${prefix}/${query}`);
  const nodeName = kind === Node ? agentAsked(call) : undefined;
  const send = nodeName === undefined ? askServer(call) : askAgent(call, nodeName, path);
  try {
    const answer = await send();
    return await throughPrefix(answer, prefix);
  } catch (error) {
    throw unreachable(error);
  }
};

function askServer(call: Call): () => Promise<HttpResponse> {
  const { request, info } = call;
  const way = wayOf(call);
  return () => forward(way, { request, info, sent: sentOf(call) });
}

/** Agents are reached as for logs, not by the door to pods: the API server comes to them under its own name. */
function askAgent(call: Call, nodeName: string, path: string): () => Promise<HttpResponse> {
  const { method, query, signal } = call.request;
  const nodes = connectionsOf(call);
  return () => nodes.serve({ nodeName }, { method, query, signal, path: path === "" ? "/" : path });
}

/** As `proxy`, of a connection. */
export const proxyConnection: ConnectHandler = async (call, upgrade) => {
  const { door, target } = wayOf(call);
  try {
    await forwardUpgrade(door, target, { request: call.request, sent: sentOf(call) }, upgrade);
  } catch (error) {
    throw unreachable(error);
  }
};

function wayOf(call: Call): Way {
  const { door, clock } = call.server;
  const target = proxyTarget(call);
  if (door === undefined) throw serviceUnavailable("this API server has no connection to pods");
  return { door, clock, target };
}

/** What stands before the path that is meant for the server, and that path: empty when not even a slash was said. */
function placeOf({ request, kind }: Call): { readonly prefix: string; readonly path: string; readonly query: string } {
  const [, prefix = "", path = ""] = (kind === Node ? NODE_PLACE : PLACE).exec(request.path) ?? [];
  const query = request.query.toString();
  return { prefix, path, query: query === "" ? "" : `?${query}` };
}

function sentOf(call: Call): ServiceRequest {
  const { request } = call;
  const { path, query } = placeOf(call);
  // Pages must come readable, and are compressed again on their way to the client.
  const { "accept-encoding": _, ...headers } = passedHeaders(request);
  return {
    method: request.method,
    target: `${path === "" ? "/" : path}${query}`,
    headers,
    ...(request.body.length > 0 && { body: request.body }),
  };
}

function movedTo(location: string): HttpResponse {
  return { status: 301, headers: { location }, body: new Uint8Array() };
}

function unreachable(error: unknown) {
  return serviceUnavailable(`error trying to reach service: ${error instanceof Error ? error.message : error}`);
}

async function throughPrefix(answer: HttpResponse, prefix: string): Promise<HttpResponse> {
  const { location } = answer.headers;
  const headers =
    location === undefined ? answer.headers : { ...answer.headers, location: prefixedLink(location, prefix) };
  const { body } = answer;
  const isPage = /^text\/html\b/i.test(headers["content-type"] ?? "") && headers["content-encoding"] === undefined;
  if (!isPage || !("start" in body)) return { ...answer, headers };
  const page = new TextDecoder().decode(await collected(body));
  return { ...answer, headers, body: new TextEncoder().encode(withPrefixedLinks(page, prefix)) };
}
