import type { HttpResponse } from "#base/http.ts";
import type { NodeUsage } from "#api/metrics/node_usage.ts";
import type { ExecSession, ExecStreams, PortForwardSession } from "#base/streams.ts";

/** The container an exec, attach or log is about. */
export interface ContainerTarget {
  readonly nodeName: string;
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly container: string;
}

/** What `kubectl logs` may ask for (PodLogOptions). */
export interface LogOptions {
  readonly follow: boolean;
  /** The terminated instance before the present one. */
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly sinceSeconds?: number | undefined;
  /** RFC 3339. */
  readonly sinceTime?: string | undefined;
  readonly tailLines?: number | undefined;
  readonly limitBytes?: number | undefined;
  /** `Stdout`, `Stderr` or `All`. */
  readonly stream: string;
}

/**
 * The way to the containers of a node, wherever it is. Implemented by the node's agent in the same process, or by a
 * connection to it. Methods throw when the node cannot be reached; what a session itself has to say of failure (a
 * command that is not found, an exit code) goes through `session.finish`.
 */
export interface NodeConnections {
  logs(target: ContainerTarget, options: LogOptions, signal: AbortSignal): Promise<HttpResponse>;
  exec(target: ContainerTarget, command: readonly string[], streams: ExecStreams, session: ExecSession): Promise<void>;
  attach(target: ContainerTarget, streams: ExecStreams, session: ExecSession): Promise<void>;
  portForward(target: Omit<ContainerTarget, "container">, session: PortForwardSession): Promise<void>;
  /** What the node and its pods use, as last measured. */
  usage(target: Pick<ContainerTarget, "nodeName">): Promise<NodeUsage>;
}
