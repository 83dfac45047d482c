/**
 * Small GETs through the listener with an empty handler, over TLS: what the transport alone costs.
 * `node bench/listener.ts` prints requests per second for HTTP/2 and HTTP/1.1; the client runs in
 * processes of its own.
 */
import { fork } from "node:child_process";
import { connect } from "node:http2";
import { Agent, get } from "node:https";
import { loadavg } from "node:os";
import { createCertificateAuthority, signCertificate } from "#sys/certificates.ts";
import { listen } from "#sys/http/listener.ts";

const SECONDS = 4;
const IN_FLIGHT = 64;

interface Job {
  readonly protocol: "h2" | "http/1.1";
  readonly port: number;
  readonly ca: string;
}

const [, script = "", role] = process.argv;
if (role === "client") process.once("message", (job: Job) => void work(job));
else await main();

async function main(): Promise<void> {
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
    console.log(
      `${protocol}: ${Math.round(count / SECONDS)} GET/s, ${cpuUs.toFixed(1)} us CPU of the server each, load ${loadavg()[0]?.toFixed(2)}`,
    );
  }
  await listener.close();
}

function run(job: Job): Promise<number> {
  return new Promise((resolve) => {
    const child = fork(script, ["client"]);
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
