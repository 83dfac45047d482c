import type { HttpResponse } from "#base/http.ts";
import { streamOf } from "#base/stream_body.ts";
import type { NodeUsage } from "#api/metrics/node_usage.ts";
import type { ExecSession, ExecStreams, ForwardedConnection, PortForwardSession } from "#base/streams.ts";
import { httpsTransport, type OpenTransport } from "#sys/http/client.ts";
import type { ClientTls } from "#sys/streams/spdy_client.ts";
import { forwardPort, joinSession } from "#sys/streams/spdy_remote.ts";
import { agentPath, logQuery, streamsQuery } from "./agent_door.ts";
import { forward } from "./forward.ts";
import type { PageRequest } from "./kubelet_pages.ts";
import type { ContainerRef, LogRequest } from "#api/core/container_ref.ts";

/** The way to an agent in another process: what `agent_door.ts` serves, from the other side. */
export class RemoteAgent {
  readonly #server: string;
  #tls: ClientTls;
  readonly #transport: OpenTransport;

  /** @param server For example `https://10.244.1.1:10250`. */
  constructor(server: string, tls: ClientTls) {
    this.#server = server;
    this.#tls = tls;
    this.#transport = httpsTransport({ server, ...tls });
  }

  /** Comes as somebody else from now on; what is open goes on. */
  renew(tls: ClientTls): void {
    this.#tls = tls;
    this.#transport.renew(tls);
  }

  close(): void {
    this.#transport.close();
  }

  async logs(target: ContainerRef, request: LogRequest, signal: AbortSignal): Promise<HttpResponse> {
    const path = `${agentPath("containerLogs", target, target.container)}?${logQuery(request)}`;
    return this.#streamed({ method: "GET", target: path }, signal);
  }

  /** An answer that is handed on as it comes. */
  async #streamed(
    request: { readonly method: string; readonly target: string },
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    const abort = new AbortController();
    const either = AbortSignal.any([abort.signal, signal]);
    const response = await this.#transport.send({ ...request, signal: either });
    const type = response.headers["content-type"] ?? "text/plain";
    const body = streamOf((gone) => {
      gone.addEventListener("abort", () => abort.abort(), { once: true });
      return response.body;
    });
    return { status: response.status, headers: { "content-type": type }, body };
  }

  async exec(
    target: ContainerRef,
    command: readonly string[],
    streams: ExecStreams,
    session: ExecSession,
  ): Promise<void> {
    const query = streamsQuery(streams);
    for (const word of command) query.append("command", word);
    await this.#session(`${agentPath("exec", target, target.container)}?${query}`, streams, session);
  }

  async attach(target: ContainerRef, streams: ExecStreams, session: ExecSession): Promise<void> {
    await this.#session(`${agentPath("attach", target, target.container)}?${streamsQuery(streams)}`, streams, session);
  }

  async portForward(target: Omit<ContainerRef, "container">, session: PortForwardSession): Promise<void> {
    const url = `${this.#server}${agentPath("portForward", target)}`;
    const open: Promise<void>[] = [];
    const dial = ({ port }: ForwardedConnection) => forwardPort(url, port, this.#tls);
    for await (const connection of session.connections) open.push(forward(connection, dial));
    await Promise.all(open);
  }

  async usage(): Promise<NodeUsage> {
    const response = await this.#transport.send({ method: "GET", target: "/usage" });
    return JSON.parse(new TextDecoder().decode(await response.bytes())) as NodeUsage;
  }

  async serve(_target: { readonly nodeName: string }, request: PageRequest): Promise<HttpResponse> {
    const { method, path, query, signal } = request;
    const target = query.size > 0 ? `${path}?${query}` : path;
    return this.#streamed({ method, target }, signal);
  }

  /** Resolves when that node sends no new connection to the pod. */
  async drained(podUid: string, signal: AbortSignal): Promise<void> {
    const response = await this.#transport.send({ method: "GET", target: `/drained/${podUid}`, signal });
    await response.bytes();
  }

  async #session(path: string, streams: ExecStreams, session: ExecSession): Promise<void> {
    const said = await joinSession(`${this.#server}${path}`, session, streams, this.#tls);
    if (session.signal.aborted) return;
    if (said === "") throw new Error("the connection to the node broke off");
    await session.finish(JSON.parse(said) as Readonly<Record<string, unknown>>);
  }
}
