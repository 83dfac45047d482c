import { fork } from "node:child_process";
import { Agent, get } from "node:https";
import type { HttpHandler } from "#base/http.ts";
import { createCertificateAuthority, signCertificate } from "#sys/certificates.ts";
import { listen } from "#sys/http/listener.ts";
import type { Figure } from "./figure.ts";
import { startLoad, type Job } from "./load.ts";

const REQUESTS = 40_000;
const CLIENTS = 64;
const BODY = Buffer.alloc(1_024, "x");
const HEADERS = { "content-type": "application/json" };

interface Http1Job {
  readonly port: number;
  readonly ca: string;
}

if (import.meta.main) process.once("message", (job: Http1Job) => void work(job));

/** Small GETs, and pods that are only sent back, over TLS through the listener: what the transport alone costs. */
export async function benchListener(): Promise<Figure[]> {
  const validity = { now: Date.now(), days: 1 };
  const ca = createCertificateAuthority({ commonName: "ca", ...validity });
  const tls = signCertificate(ca, { commonName: "s", usages: ["server"], ipAddresses: ["127.0.0.1"], ...validity });
  const user = signCertificate(ca, { commonName: "u", usages: ["client"], ...validity });
  const handler: HttpHandler = ({ method, body }) =>
    Promise.resolve(
      method === "POST" ? { status: 201, headers: HEADERS, body } : { status: 200, headers: HEADERS, body: BODY },
    );
  const listener = await listen({ port: 0, host: "127.0.0.1", tls: { ...tls, clientCa: ca.cert }, handler });
  const { port } = listener;
  const load = await startLoad({ server: `https://127.0.0.1:${port}`, ca: ca.cert, ...user });
  const shared = { clients: CLIENTS, count: REQUESTS, prefix: "echo" };
  const over2 = async (job: Job) => (await load.run(job)).tookMs;
  const figures = [
    ...(await measured("small GETs, h2", () => over2({ kind: "get", ...shared, objects: 1_000 }))),
    ...(await measured("pods sent back, h2", () => over2({ kind: "create", resource: "pods", ...shared }))),
    ...(await measured("small GETs, http/1.1", () => overHttp1({ port, ca: ca.cert }))),
  ];
  load.close();
  await listener.close();
  return figures;
}

/** @param run Sends the requests from another process and resolves with how long they took. */
async function measured(name: string, run: () => Promise<number>): Promise<Figure[]> {
  const cpu = process.cpuUsage();
  const tookMs = await run();
  const { user, system } = process.cpuUsage(cpu);
  return [
    { name, value: (REQUESTS * 1_000) / tookMs, unit: "/s" },
    { name: `server's CPU for each, ${name}`, value: (user + system) / REQUESTS, unit: "us" },
  ];
}

function overHttp1(job: Http1Job): Promise<number> {
  return new Promise((resolve) => {
    const child = fork(import.meta.filename);
    child.once("message", (tookMs: number) => {
      child.kill();
      resolve(tookMs);
    });
    child.send(job);
  });
}

async function work({ port, ca }: Http1Job): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS, ca });
  const ask = () =>
    new Promise<void>((resolve, reject) => {
      get({ agent, port, host: "127.0.0.1", path: "/api/v1/namespaces/default/pods/p" }, (response) =>
        response.once("end", resolve).resume(),
      ).once("error", reject);
    });
  let left = REQUESTS;
  const loop = async () => {
    while (left-- > 0) await ask();
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: CLIENTS }, loop));
  process.send?.(performance.now() - started);
}
