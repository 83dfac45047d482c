import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { SpdySession } from "./spdy_session.ts";

/** Whom to believe, and as whom to come; PEM. */
export interface ClientTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** How long a streaming server may take to answer the handshake. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Of a refusal's body, for the error's message. */
const REFUSAL_LENGTH_MAX = 1_000;

/**
 * Connects to a streaming address: of a container runtime (`http:`), or of a node's agent (`https:`, with `tls`).
 *
 * @param protocol The subprotocol to ask for, for example `v4.channel.k8s.io`.
 */
export function openSpdySession(url: string, protocol: string, tls?: ClientTls): Promise<SpdySession> {
  return new Promise((resolve, reject) => {
    const request = url.startsWith("https:") ? httpsRequest : httpRequest;
    const handshake = request(url, {
      method: "POST",
      headers: { connection: "Upgrade", upgrade: "SPDY/3.1", "x-stream-protocol-version": protocol },
      timeout: HANDSHAKE_TIMEOUT_MS,
      agent: false,
      ...tls,
    });
    handshake.once("upgrade", (_response, connection, head) => {
      connection.setTimeout(0);
      resolve(new SpdySession(connection, { role: "client", head, onStream: () => false, onClose: () => {} }));
    });
    handshake.once("response", (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      const refused = () =>
        reject(new Error(`The streaming server answered ${response.statusCode}: ${body.slice(0, REFUSAL_LENGTH_MAX)}`));
      response.once("end", refused);
      response.once("error", refused);
    });
    handshake.once("timeout", () => handshake.destroy(new Error("The streaming server does not answer")));
    handshake.once("error", reject);
    handshake.end();
  });
}
