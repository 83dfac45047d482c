import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";

/** Nobody took the call; `reason` is in the words of the Go standard library, which probes are reported in. */
export class DialError extends Error {
  override readonly name = "DialError";
  readonly reason: string;

  constructor(host: string, port: number, reason: string) {
    super(`dial tcp ${host}:${port}: ${reason}`);
    this.reason = reason;
  }
}

/** A connection was made, but there was no answer in time. */
export class AnswerTimeout extends Error {
  override readonly name = "AnswerTimeout";
}

export interface DialedRequest {
  readonly scheme: "HTTP" | "HTTPS";
  readonly host: string;
  readonly port: number;
  /** Path and query, as they go on the wire. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** From the call to the end of the answer's head, and again for its body. */
  readonly timeoutMs: number;
}

export interface DialedResponse {
  readonly status: number;
  /** The first 10 KiB. */
  readonly body: string;
}

/** The door to what listens on the network, for probes and hooks. */
export interface Dialer {
  /** Resolves when a TCP connection was made (and closed). Rejects with DialError. */
  connect(host: string, port: number, timeoutMs: number): Promise<void>;
  /** One GET on a connection of its own; certificates are not verified. Rejects with DialError or AnswerTimeout. */
  get(request: DialedRequest): Promise<DialedResponse>;
}

const BODY_BYTES_MAX = 10 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ECONNRESET: "read: connection reset by peer",
  ETIMEDOUT: "i/o timeout",
};

export function reasonOf(error: Error): string {
  const code = "code" in error ? String(error.code) : "";
  return REASONS[code] ?? error.message;
}

/** The machine's own network. */
export const nodeDialer: Dialer = {
  connect: (host, port, timeoutMs) =>
    new Promise((resolve, reject) => {
      const socket = connect({ host, port });
      socket.setTimeout(timeoutMs, () => {
        socket.destroy();
        reject(new DialError(host, port, "i/o timeout"));
      });
      socket.once("connect", () => {
        socket.destroy();
        resolve();
      });
      socket.once("error", (error) => reject(new DialError(host, port, reasonOf(error))));
    }),
  get: (request) =>
    new Promise((resolve, reject) => {
      const { scheme, host, port, path, headers, timeoutMs } = request;
      const send = scheme === "HTTPS" ? httpsRequest : httpRequest;
      const secure = scheme === "HTTPS" ? { rejectUnauthorized: false } : {};
      const outgoing = send({ host, port, path, method: "GET", agent: false, ...secure });
      for (const [name, value] of headers) outgoing.setHeader(name, value);
      let connected = false;
      outgoing.once("socket", (socket) => socket.once("connect", () => (connected = true)));
      const timer = setTimeout(() => {
        reject(connected ? new AnswerTimeout("no answer in time") : new DialError(host, port, "i/o timeout"));
        outgoing.destroy();
      }, timeoutMs);
      outgoing.once("error", (error) => {
        clearTimeout(timer);
        reject(new DialError(host, port, reasonOf(error)));
      });
      outgoing.once("response", (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          if (body.length < BODY_BYTES_MAX) body += chunk.slice(0, BODY_BYTES_MAX - body.length);
        });
        response.once("error", () => {});
        response.once("close", () => {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, body });
        });
      });
      outgoing.end();
    }),
};
