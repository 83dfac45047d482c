import { connect } from "node:tls";
import type { Credentials } from "#cli/kubeconfig.ts";

/** An answer as it came over a bare connection. */
export interface RawAnswer {
  /** 0 when the connection was closed without an answer. */
  readonly code: number;
  readonly body: string;
}

/** The longest an answer is waited for. */
const ANSWER_MS = 20_000;

/** Writes bytes that no HTTP library would send on an HTTP/1.1 connection; the answer is what comes until it closes. */
export function sendRaw({ server, ca, cert, key }: Credentials, bytes: string | Uint8Array): Promise<RawAnswer> {
  const { hostname, port } = new URL(server);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), ca, cert, key, ALPNProtocols: ["http/1.1"] });
    let text = "";
    socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error("no answer in time")));
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (isWhole(text)) socket.destroy();
    });
    // A server that refuses in the middle of what we send resets; what it said before is its answer.
    socket.on("error", (error) => (text === "" && error.message === "no answer in time" ? reject(error) : undefined));
    socket.once("close", () => {
      const [head = "", body = ""] = text.split("\r\n\r\n", 2);
      resolve({ code: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), body });
    });
    socket.once("secureConnect", () => socket.write(bytes));
  });
}

function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
  return end >= 0 && length !== undefined && text.length - end - 4 >= Number(length);
}
