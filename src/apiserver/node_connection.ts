import type { HttpRequest, HttpResponse } from "#base/http.ts";
import type { ContainerRef, LogRequest } from "#api/core/container_ref.ts";
import type { NodeUsage } from "#api/metrics/node_usage.ts";
import type { ExecSession, ExecStreams, PortForwardSession } from "#base/streams.ts";

/** A container, and the node that it is on. */
export interface ContainerTarget extends ContainerRef {
  readonly nodeName: string;
}

/** A request to a node's agent; `path` begins with a slash, and is still percent-encoded. */
export type AgentRequest = Pick<HttpRequest, "method" | "path" | "query" | "signal">;

/**
 * The way to the containers of a node, wherever it is. Implemented by the node's agent in the same process, or by a
 * connection to it. Methods throw when the node cannot be reached; what a session itself has to say of failure (a
 * command that is not found, an exit code) goes through `session.finish`.
 */
export interface NodeConnections {
  logs(target: ContainerTarget, request: LogRequest, signal: AbortSignal): Promise<HttpResponse>;
  exec(target: ContainerTarget, command: readonly string[], streams: ExecStreams, session: ExecSession): Promise<void>;
  attach(target: ContainerTarget, streams: ExecStreams, session: ExecSession): Promise<void>;
  portForward(target: Omit<ContainerTarget, "container">, session: PortForwardSession): Promise<void>;
  /** What the node and its pods use, as last measured. */
  usage(target: Pick<ContainerTarget, "nodeName">): Promise<NodeUsage>;
  /** What the node's agent itself answers, in kubelet's paths. */
  serve(target: Pick<ContainerTarget, "nodeName">, request: AgentRequest): Promise<HttpResponse>;
}
