import { fork } from "node:child_process";
import { connect } from "node:http2";
import { Agent, get } from "node:https";
import { createCertificateAuthority, signCertificate } from "#sys/certificates.ts";
import { listen } from "#sys/http/listener.ts";
import type { Figure } from "./figure.ts";

const SECONDS = 4;
const IN_FLIGHT = 64;

interface Job {
  readonly protocol: "h2" | "http/1.1";
  readonly port: number;
  readonly ca: string;
}

if (import.meta.main) process.once("message", (job: Job) => void work(job));

/** Small GETs over TLS through the listener with an empty handler: what the transport alone costs. */
export async function benchListener(): Promise<Figure[]> {
  const figures: Figure[] = [];
  const validity = { now: Date.now(), days: 1 };
  const ca = createCertificateAuthority({ commonName: "ca", ...validity });
  const tls = signCertificate(ca, { commonName: "s", usages: ["server"], ipAddresses: ["127.0.0.1"], ...validity });
  const body = Buffer.alloc(1_024, "x");
  const listener = await listen({
    port: 0,
    host: "127.0.0.1",
    tls,
    handler: () => Promise.resolve({ status: 200, headers: { "content-type": "application/json" }, body }),
  });
  for (const protocol of ["h2", "http/1.1"] as const) {
    const cpu = process.cpuUsage();
    const count = await run({ protocol, port: listener.port, ca: ca.cert });
    const used = process.cpuUsage(cpu);
    const cpuUs = (used.user + used.system) / count;
    figures.push(
      { name: `small GETs, ${protocol}`, value: count / SECONDS, unit: "/s" },
      { name: `server's CPU for each, ${protocol}`, value: cpuUs, unit: "us" },
    );
  }
  await listener.close();
  return figures;
}

function run(job: Job): Promise<number> {
  return new Promise((resolve) => {
    const child = fork(import.meta.filename);
    child.once("message", (count: number) => {
      child.kill();
      resolve(count);
    });
    child.send(job);
  });
}

async function work(job: Job): Promise<void> {
  const until = performance.now() + SECONDS * 1_000;
  const ask = job.protocol === "h2" ? askHttp2(job) : askHttp1(job);
  let count = 0;
  const loop = async () => {
    while (performance.now() < until) {
      await ask();
      count++;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, loop));
  process.send?.(count);
}

function askHttp2({ port, ca }: Job): () => Promise<void> {
  const session = connect(`https://127.0.0.1:${port}`, { ca });
  return () =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ":path": "/api/v1/namespaces/default/pods/p" });
      stream.once("error", reject).once("end", resolve).resume();
    });
}

function askHttp1({ port, ca }: Job): () => Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT, ca });
  return () =>
    new Promise((resolve, reject) => {
      get({ agent, port, host: "127.0.0.1", path: "/api/v1/namespaces/default/pods/p" }, (response) =>
        response.once("end", resolve).resume(),
      ).once("error", reject);
    });
}
