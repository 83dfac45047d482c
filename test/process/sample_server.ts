import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createCertificateAuthority, signCertificate, type KeyPair } from "#sys/certificates.ts";

export const GROUP = "wardle.example.com";
const BASE = `/apis/${GROUP}/v1alpha1`;
const RESOURCES = [
  {
    name: "flunders",
    singularName: "flunder",
    namespaced: true,
    kind: "Flunder",
    verbs: ["get", "list", "watch"],
    shortNames: ["fl"],
  },
  { name: "flunders/status", singularName: "", namespaced: true, kind: "Flunder", verbs: ["get"] },
];

/** A server of an API of its own, which believes whoever comes with the front proxy's certificate. For tests. */
export interface SampleServer {
  readonly port: number;
  /** PEM of who vouches for its certificate. */
  readonly ca: string;
  /** Requests about flunders, as they came. */
  readonly seen: { readonly path: string; readonly headers: IncomingMessage["headers"]; readonly body: string }[];
  /** What it answers discovery with. */
  discoveryStatus: number;
  close(): Promise<void>;
}

export async function sampleServer(serverName: string, frontProxyCa: KeyPair): Promise<SampleServer> {
  const validity = { now: Date.now(), days: 1 };
  const authority = createCertificateAuthority({ commonName: "sample", ...validity });
  const own = signCertificate(authority, {
    commonName: "sample",
    usages: ["server"],
    dnsNames: [serverName],
    ...validity,
  });
  const server = createServer({ ...own, ca: frontProxyCa.cert, requestCert: true, rejectUnauthorized: true });
  const sample: SampleServer & { port: number } = {
    port: 0,
    ca: authority.cert,
    seen: [],
    discoveryStatus: 200,
    close: () => closed(server),
  };
  server.on("request", (request, response) => void answer(sample, request, response));
  server.on("upgrade", (request, socket) => {
    const who = String(request.headers["x-remote-user"]);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello ${who}\n`);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  sample.port = (server.address() as AddressInfo).port;
  return sample;
}

async function answer(sample: SampleServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks = (await request.toArray()) as Buffer[];
  const path = (request.url ?? "").split("?")[0] ?? "";
  const json = (status: number, value: unknown) => {
    response.writeHead(status, { "content-type": "application/json", etag: '"tag"' });
    response.end(JSON.stringify(value));
  };
  if (path === BASE) {
    json(sample.discoveryStatus, { kind: "APIResourceList", groupVersion: `${GROUP}/v1alpha1`, resources: RESOURCES });
  } else if (path === "/openapi/v3") {
    const serverRelativeURL = `/openapi/v3${BASE}?hash=ABC`;
    json(200, {
      paths: { [BASE.slice(1)]: { serverRelativeURL }, version: { serverRelativeURL: "/openapi/v3/version" } },
    });
  } else if (path === `/openapi/v3${BASE}`) {
    json(200, { openapi: "3.0.0", paths: { [`${BASE}/flunders`]: {} } });
  } else if (path === "/openapi/v2") {
    const definitions = { "com.example.Flunder": { type: "object", description: "A flunder." } };
    json(200, { swagger: "2.0", paths: { [`${BASE}/flunders`]: {}, "/apis/": {} }, definitions });
  } else {
    sample.seen.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString() });
    if (request.url?.includes("watch=true")) {
      response.write(`{"type":"ADDED"}\n`);
      response.flushHeaders();
    } else json(path.endsWith("/absent") ? 404 : 200, { kind: "FlunderList", items: [] });
  }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
