import { Agent, request as httpsRequest } from "node:https";
import { Agent as PlainAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import type { TransportResponse } from "#base/http.ts";
import type { ByteStream } from "#base/streams.ts";
import { byteStreamOf } from "../byte_stream.ts";
import { reasonOf } from "../dialer.ts";
import { requestHeaders } from "./request.ts";

/** A server that is known by what its certificate says, wherever it is. */
export interface ServiceAddress {
  readonly host: string;
  readonly port: number;
  readonly serverName: string;
  readonly ca: string | undefined;
  readonly insecure: boolean;
  /** Comes without a certificate. */
  readonly anonymous?: boolean;
  /** Without TLS. */
  readonly plain?: boolean;
}

interface Sent {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal;
}

type Upgraded =
  | { readonly switched: true; readonly headers: Readonly<Record<string, string>>; readonly stream: ByteStream }
  | { readonly switched: false; readonly response: TransportResponse };

/** HTTP/1.1 to servers behind Services, over TLS under one client certificate unless said otherwise. Connections are kept and used again. */
export interface ServiceClient {
  send(at: ServiceAddress, request: Sent): Promise<TransportResponse>;
  upgrade(at: ServiceAddress, request: Sent): Promise<Upgraded>;
  close(): void;
}

/** May be sent twice. */
const SAFE_METHODS = new Set(["GET", "HEAD"]);
const CONNECT_MS = 10_000;
const IDLE_MS = 30_000;
/** What OpenSSL says when it knows nobody who vouches for a certificate. */
const UNKNOWN_AUTHORITY = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** @param identity The certificate to come with, asked for with each connection. */
export function serviceClient(identity: () => { readonly cert: string; readonly key: string }): ServiceClient {
  const keeping = { keepAlive: true, timeout: IDLE_MS, maxFreeSockets: 16 };
  const kept = new Agent(keeping);
  const keptPlain = new PlainAgent(keeping);
  const begin = (at: ServiceAddress, { method, target, headers, signal }: Sent, isKept = true): ClientRequest => {
    const { host, port, serverName: servername, ca, insecure, anonymous = false, plain = false } = at;
    const own = anonymous ? {} : identity();
    const tls = { servername, rejectUnauthorized: !insecure, ...(ca !== undefined && { ca }), ...own };
    const how = { host, port, method, path: target, ...(signal && { signal }) };
    const outgoing = plain
      ? httpRequest({ ...how, agent: isKept && keptPlain })
      : httpsRequest({ ...how, ...tls, agent: isKept && kept });
    for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
    outgoing.once("socket", (socket) => {
      if (!socket.connecting) return;
      const late = setTimeout(
        () => outgoing.destroy(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" })),
        CONNECT_MS,
      );
      socket.once(plain ? "connect" : "secureConnect", () => clearTimeout(late));
      socket.once("close", () => clearTimeout(late));
    });
    return outgoing;
  };
  const send = (at: ServiceAddress, request: Sent, isRetry = false): Promise<TransportResponse> =>
    new Promise((resolve, reject) => {
      const outgoing = begin(at, request);
      outgoing.on("error", (error) => {
        // A kept connection that was closed at the other end a moment ago says nothing about the server.
        const isStale = outgoing.reusedSocket && "code" in error && error.code === "ECONNRESET";
        if (isStale && !isRetry && SAFE_METHODS.has(request.method)) resolve(send(at, request, true));
        else reject(explained(error, at, request));
      });
      outgoing.once("response", (incoming) => resolve(readable(incoming)));
      outgoing.end(request.body);
    });
  return {
    send: (at, request) => send(at, request),
    upgrade: (at, request) =>
      new Promise((resolve, reject) => {
        const outgoing = begin(at, request, false);
        outgoing.on("error", (error) => reject(explained(error, at, request)));
        outgoing.once("response", (incoming) => resolve({ switched: false, response: readable(incoming) }));
        outgoing.once("upgrade", (incoming, socket, head) => {
          socket.on("error", () => {});
          if (head.length > 0) socket.unshift(head);
          const headers = Object.fromEntries(
            Object.entries(requestHeaders(incoming.headers)).flatMap(([name, value]) =>
              value === undefined ? [] : [[name, value]],
            ),
          );
          resolve({ switched: true, headers, stream: byteStreamOf(socket) });
        });
        outgoing.end(request.body);
      }),
    close() {
      kept.destroy();
      keptPlain.destroy();
    },
  };
}

function explained(error: Error, { host, port }: ServiceAddress, { signal }: Sent): Error {
  if (signal?.aborted) return signal.reason instanceof Error ? signal.reason : error;
  const code = "code" in error ? String(error.code) : "";
  if (UNKNOWN_AUTHORITY.has(code))
    return new Error("tls: failed to verify certificate: x509: certificate signed by unknown authority");
  if (code.startsWith("ERR_TLS") || code.startsWith("CERT_"))
    return new Error(`tls: failed to verify certificate: x509: ${error.message}`);
  return new Error(`dial tcp ${host}:${port}: ${reasonOf(error)}`);
}

function readable(incoming: IncomingMessage): TransportResponse {
  return {
    status: incoming.statusCode ?? 0,
    headers: requestHeaders(incoming.headers),
    body: incoming,
    async bytes() {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
  };
}
