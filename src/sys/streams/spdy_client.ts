import { request } from "node:http";
import { SpdySession } from "./spdy_session.ts";

/** How long a streaming server may take to answer the handshake. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Connects to a streaming address of a container runtime.
 *
 * @param protocol The subprotocol to ask for, for example `v4.channel.k8s.io`.
 */
export function openSpdySession(url: string, protocol: string): Promise<SpdySession> {
  return new Promise((resolve, reject) => {
    const handshake = request(url, {
      method: "POST",
      headers: { connection: "Upgrade", upgrade: "SPDY/3.1", "x-stream-protocol-version": protocol },
      timeout: HANDSHAKE_TIMEOUT_MS,
      agent: false,
    });
    handshake.once("upgrade", (_response, connection, head) => {
      connection.setTimeout(0);
      resolve(new SpdySession(connection, { role: "client", head, onStream: () => false, onClose: () => {} }));
    });
    handshake.once("response", (response) => {
      response.resume();
      reject(new Error(`The streaming server answered ${response.statusCode} ${response.statusMessage}`));
    });
    handshake.once("timeout", () => handshake.destroy(new Error("The streaming server does not answer")));
    handshake.once("error", reject);
    handshake.end();
  });
}
