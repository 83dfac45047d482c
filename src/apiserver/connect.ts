import type { HttpRequest } from "#base/http.ts";
import type { ExecSession, ExecStreams, PortForwardSession, UpgradeRequest } from "#base/streams.ts";
import type { Call } from "./context.ts";
import { badRequest, internalError, methodNotAllowed } from "./status_error.ts";
import { connectionsOf, containerOf, podOf, targetOf } from "./subresources/container_choice.ts";
import { proxyConnection } from "./subresources/proxy.ts";
import { truthy } from "./request_info.ts";

/** Serves the connection a call asks for, from the acceptance to its end. @throws {StatusError} Before it is accepted. */
export type ConnectHandler = (call: Call, upgrade: UpgradeRequest) => Promise<void>;

const exec: ConnectHandler = async (call, upgrade) => {
  const { query } = call.request;
  const command = query.getAll("command");
  if (command.length === 0) throw badRequest("you must specify at least 1 command");
  const { nodes, target, streams } = containerSession(call);
  const session = await upgrade.acceptExec(streams);
  await finishing(session, () => nodes.exec(target, command, streams, session));
};

const attach: ConnectHandler = async (call, upgrade) => {
  const { nodes, target, streams } = containerSession(call);
  const session = await upgrade.acceptExec(streams);
  await finishing(session, () => nodes.attach(target, streams, session));
};

function containerSession(call: Call) {
  const pod = podOf(call);
  const container = containerOf(pod, call.request.query.get("container") ?? "");
  const target = targetOf(pod, container);
  return { nodes: connectionsOf(call), target, streams: streamsOf(call.request) };
}

function streamsOf({ query }: HttpRequest): ExecStreams {
  const asked = (name: string) => truthy(query.get(name));
  const streams = { stdin: asked("stdin"), stdout: asked("stdout"), stderr: asked("stderr"), tty: asked("tty") };
  if (streams.stdin || streams.stdout || streams.stderr) return streams;
  throw badRequest("you must specify at least 1 of stdin, stdout, stderr");
}

/** Whatever goes wrong after acceptance is told through the session. */
async function finishing(session: ExecSession, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await session.finish({ ...internalError(error).toStatus() });
  }
}

const portForward: ConnectHandler = async (call, upgrade) => {
  const { nodeName, namespace, pod, uid } = targetOf(podOf(call), "");
  const nodes = connectionsOf(call);
  const session: PortForwardSession = await upgrade.acceptPortForward(portsOf(call.request));
  try {
    await nodes.portForward({ nodeName, namespace, pod, uid }, session);
  } finally {
    session.close();
  }
};

function portsOf({ query }: HttpRequest): number[] {
  return query
    .getAll("ports")
    .flatMap((text) => text.split(","))
    .map((text) => {
      const port = Number(text);
      if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
      throw badRequest(`unable to parse ${JSON.stringify(text)} as a port`);
    });
}

const CONNECTIONS: Readonly<Record<string, ConnectHandler>> = { attach, exec, portforward: portForward };

/** The handler of the connection a call is about. @throws {StatusError} 400, 405. */
export function connectHandler({ info, kind }: Call): ConnectHandler {
  const isPod = kind.group === "" && kind.kind === "Pod";
  const isProxied = info.subresource === "proxy" && (isPod || (kind.group === "" && kind.kind === "Service"));
  const handler = isProxied ? proxyConnection : isPod ? CONNECTIONS[info.subresource] : undefined;
  if (handler === undefined) throw badRequest("unable to upgrade: this path serves no connection");
  if (info.verb !== "get" && info.verb !== "create") throw methodNotAllowed();
  return handler;
}
