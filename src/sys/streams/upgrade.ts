import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { UpgradeRequest } from "#base/streams.ts";
import { refuseUpgrade } from "../http/http1_server.ts";

/** An upgrade as it came from the listener, to be refused or accepted. */
export function upgradeRequest(
  raw: IncomingMessage,
  socket: Duplex,
  _head: Buffer,
  _signal: AbortSignal,
): UpgradeRequest {
  const unsupported = () => Promise.reject(new Error(`Cannot speak ${raw.headers.upgrade}`));
  return {
    refuse: (response) => refuseUpgrade(socket, response),
    acceptExec: unsupported,
    acceptPortForward: unsupported,
  };
}
