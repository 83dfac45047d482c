import type { HttpHandler, HttpRequest, HttpResponse, Peer } from "#base/http.ts";
import { pathSegments } from "#base/percent.ts";
import type { ExecStreams, UpgradeRequest } from "#base/streams.ts";
import type { ContainerRef, LogRequest } from "#api/core/container_ref.ts";
import type { NodeConnections } from "./connections.ts";
import { json, text } from "./answers.ts";

/** The port of a node's agent, as kubelet's. */
export const AGENT_PORT = 10_250;
/** The subject under which the API server comes to agents. */
export const API_SERVER_USER = "kube-apiserver-kubelet-client";
const NODES_GROUP = "system:nodes";

export interface AgentDoorOptions {
  readonly connections: Pick<NodeConnections, "logs" | "exec" | "attach" | "portForward" | "usage" | "serve">;
  /** Resolves when this node sends no new connection to the pod. */
  readonly drained: (podUid: string) => Promise<void>;
}

type Path = readonly [what: string, ...rest: string[]];

/**
 * What an agent serves to others, in kubelet's paths where kubelet has them: logs, measurements and its pages for the API
 * server, and its part of the drain barrier for other nodes. Nobody else is served.
 */
export function agentHandler({ connections, drained }: AgentDoorOptions): HttpHandler {
  return async (request) => {
    const path = pathOf(request);
    const [what, first = ""] = path;
    if (!isAllowed(request.peer, what)) return plain(403, "Forbidden");
    if (request.method !== "GET") return plain(405, "Method Not Allowed");
    switch (what) {
      case "containerLogs":
        // A pod's uid stands only in the path that the API server itself asks by.
        if (path.length < 5) break;
        return connections.logs(targetOf(path), logRequestOf(request.query), request.signal);
      case "usage":
        return json(await connections.usage());
      case "drained":
        await drained(first);
        return plain(200, "ok");
    }
    return connections.serve({ nodeName: "" }, request);
  };
}

/** The sessions an agent serves to the API server: `exec`, `attach`, `portForward`. */
export function agentUpgrade({ connections }: AgentDoorOptions) {
  return async (request: HttpRequest, upgrade: UpgradeRequest): Promise<void> => {
    const path = pathOf(request);
    const [what] = path;
    if (!isAllowed(request.peer, what)) return upgrade.refuse(plain(403, "Forbidden"));
    const { query } = request;
    const streams = streamsOf(query);
    switch (what) {
      case "exec": {
        const session = await upgrade.acceptExec(streams);
        return connections.exec(targetOf(path), query.getAll("command"), streams, session);
      }
      case "attach":
        return connections.attach(targetOf(path), streams, await upgrade.acceptExec(streams));
      case "portForward": {
        const session = await upgrade.acceptPortForward([]);
        await connections.portForward(targetOf(path), session);
        return session.close();
      }
      default:
        return upgrade.refuse(plain(404, "404 page not found"));
    }
  };
}

/** The path of a container's session, logs or port-forward at its agent. */
export function agentPath(what: string, target: Omit<ContainerRef, "container">, container = ""): string {
  const { namespace, pod, uid } = target;
  const words = [what, namespace, pod, uid, ...(container === "" ? [] : [container])];
  return `/${words.map(encodeURIComponent).join("/")}`;
}

export function streamsQuery(streams: ExecStreams): URLSearchParams {
  const query = new URLSearchParams();
  const { stdin: input, stdout: output, stderr: error, tty } = streams;
  for (const [name, asked] of Object.entries({ input, output, error, tty })) if (asked) query.set(name, "1");
  return query;
}

function streamsOf(query: URLSearchParams): ExecStreams {
  const asked = (name: string) => query.get(name) === "1";
  return { stdin: asked("input"), stdout: asked("output"), stderr: asked("error"), tty: asked("tty") };
}

export function logQuery(request: LogRequest): URLSearchParams {
  return new URLSearchParams({ request: JSON.stringify(request) });
}

function logRequestOf(query: URLSearchParams): LogRequest {
  return JSON.parse(query.get("request") ?? "{}") as LogRequest;
}

/** Of a path that cannot be decoded nothing, which is none of the door's own words. */
function pathOf({ path }: HttpRequest): Path {
  const [, what = "", ...rest] = pathSegments(path) ?? [];
  return [what, ...rest];
}

function targetOf([, namespace = "", pod = "", uid = "", container = ""]: Path): ContainerRef {
  return { namespace, pod, uid, container };
}

/** The API server may ask for everything, other nodes for the drain barrier. */
function isAllowed({ certificate }: Peer, what: string): boolean {
  if (certificate === undefined) return false;
  const { commonName, organizations } = certificate;
  return commonName === API_SERVER_USER || (organizations.includes(NODES_GROUP) && what === "drained");
}

/** A refusal or a word. */
function plain(status: number, body: string): HttpResponse {
  return text(status, body, "text/plain");
}
