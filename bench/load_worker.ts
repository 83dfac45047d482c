/** A process that loads the server on behalf of a benchmark (load.ts has the messages). */
import { connect } from "node:net";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { httpsTransport, type OpenTransport } from "#sys/http/client.ts";
import type { Credentials } from "#cli/kubeconfig.ts";
import { EtcdWriter } from "./etcd.ts";
import { LoadConnection, type LoadRequest } from "./http2/load_connection.ts";
import { bodyOf, pathOf, type Written } from "./objects.ts";
import { openRequests } from "./requests.ts";
import type { FromWorker, Job, Outcome, ToWorker } from "./load.ts";

const NEWLINE = 0x0a;
const CONNECT_TIMEOUT_MS = 5_000;
const FAILURES_MAX = 20;
const CLIENTS_PER_CONNECTION = 8;

let credentials: Credentials;
/** Aborts when the job in hand is told to stop. */
let stop = new AbortController();

process.on("message", (message: ToWorker) => {
  if ("start" in message) {
    credentials = message.start;
    tell("ready");
  } else if ("stop" in message) {
    stop.abort();
  } else {
    stop = new AbortController();
    void perform(message.job).then((outcome) => tell({ outcome }));
  }
});

function tell(message: FromWorker): void {
  process.send?.(message);
}

async function stopped(): Promise<void> {
  await once(stop.signal, "abort");
}

function perform(job: Job): Promise<Outcome> {
  switch (job.kind) {
    case "create":
      return creates(job);
    case "etcd":
      return etcdCreates(job);
    case "get":
      return requests(job.clients, job.count, (index) => ({
        method: "GET",
        target: `${pathOf("pods")}/${job.prefix}-${index % job.objects}`,
      }));
    case "patch":
      return requests(job.clients, job.count, (index) => ({
        method: "PATCH",
        target: `${pathOf("pods")}/${job.prefix}-${index % job.objects}`,
        contentType: "application/strategic-merge-patch+json",
        body: Buffer.from(JSON.stringify({ metadata: { labels: { turn: String(index) } } })),
      }));
    case "list":
      return requests(1, job.count, () => ({ method: "GET", target: pathOf("pods") }));
    case "ping":
      return requests(1, Infinity, () => ({ method: "GET", target: "/api/v1/namespaces/default" }));
    case "watch":
      return watch(job);
    case "connect":
      return connections(job);
  }
}

function creates(job: Extract<Job, { kind: "create" }>): Promise<Outcome> {
  const target = pathOf(job.resource);
  const made = bodies(job.resource, job);
  const make = (index: number) => ({
    method: "POST",
    target,
    contentType: "application/json",
    body: made[index] as Buffer,
  });
  if (job.through === undefined) return requests(job.clients, job.count, make);
  return requestsByOurClient(job.clients, job.count, make);
}

/** All bodies of a job, made before its clock starts: what they cost the processor is nobody's who is measured. */
function bodies(written: Written, { prefix, count }: { readonly prefix: string; readonly count: number }): Buffer[] {
  return Array.from({ length: count }, (_, index) => bodyOf(written, `${prefix}-${index}`));
}

/**
 * Each client has one request on its way at a time. Clients share connections by eights, as those of one program do:
 * more connections cost this process more than they cost the server.
 */
async function requests(clients: number, count: number, make: (index: number) => LoadRequest): Promise<Outcome> {
  const open = await Promise.all(
    Array.from({ length: connectionsFor(clients) }, () => LoadConnection.open(credentials)),
  );
  await Promise.all(open.map((connection) => ask(connection, { method: "GET", target: "/version" })));
  const outcome = await byClients(clients, count, open, (connection, index) => ask(connection, make(index)));
  for (const connection of open) connection.close();
  return outcome;
}

/** The same by the client that our own components use. */
async function requestsByOurClient(
  clients: number,
  count: number,
  make: (index: number) => LoadRequest,
): Promise<Outcome> {
  const transports = Array.from({ length: connectionsFor(clients) }, () => httpsTransport(credentials));
  await Promise.all(transports.map((transport) => askByOurClient(transport, { method: "GET", target: "/version" })));
  const outcome = await byClients(clients, count, transports, (transport, index) =>
    askByOurClient(transport, make(index)),
  );
  for (const transport of transports) transport.close();
  return outcome;
}

function connectionsFor(clients: number): number {
  return Math.ceil(clients / CLIENTS_PER_CONNECTION);
}

/** The creates of the API's benchmark as etcd alone takes them, over as many connections. */
async function etcdCreates({ socketPath, clients, count, prefix }: Extract<Job, { kind: "etcd" }>): Promise<Outcome> {
  const writers = Array.from({ length: connectionsFor(clients) }, () => new EtcdWriter(socketPath));
  const pods = bodies("pods", { prefix, count });
  const outcome = await byClients(clients, count, writers, async (writer, index) => {
    const key = `/registry/pods/default/${prefix}-${index}`;
    const made = await writer.create(key, pods[index] as Buffer).catch(String);
    return made === true ? undefined : String(made);
  });
  for (const writer of writers) writer.close();
  return outcome;
}

/** So many clients on some connections, each with one request on its way, until `count` were sent or it is to stop. */
async function byClients<T>(
  clients: number,
  count: number,
  connected: readonly T[],
  send: (connection: T, index: number) => Promise<string | undefined>,
): Promise<Outcome> {
  tell("ready");
  const { signal } = stop;
  const latencies: number[] = [];
  const failures: string[] = [];
  let next = 0;
  const started = performance.now();
  const cpu = process.cpuUsage();
  const client = async (connection: T) => {
    while (next < count && !signal.aborted && failures.length < FAILURES_MAX) {
      const index = next++;
      const sent = performance.now();
      const failure = await send(connection, index);
      latencies.push(performance.now() - sent);
      if (failure !== undefined) failures.push(failure);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => client(connected[index % connected.length] as T)));
  const { user, system } = process.cpuUsage(cpu);
  return { tookMs: performance.now() - started, latencies, cpuMs: (user + system) / 1_000, failures };
}

/** Sends a request and waits for the end of its answer; says what went wrong, if anything did. */
async function ask(connection: LoadConnection, request: LoadRequest): Promise<string | undefined> {
  try {
    const { status, refusal } = await connection.send(request);
    return status === goodStatus(request) ? undefined : `${status} ${refusal}`;
  } catch (error) {
    return String(error);
  }
}

async function askByOurClient(transport: OpenTransport, request: LoadRequest): Promise<string | undefined> {
  const { method, target, body, contentType } = request;
  const headers = { ...(contentType !== undefined && { "content-type": contentType }) };
  try {
    const response = await transport.send({ method, target, headers, ...(body && { body }) });
    if (response.status !== goodStatus(request)) {
      return `${response.status} ${Buffer.from(await response.bytes()).toString()}`;
    }
    for await (const _ of response.body);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

function goodStatus({ method }: LoadRequest): number {
  return method === "POST" ? 201 : 200;
}

/** Resolves when every watcher has had its events. Times count from the first event to the last. */
async function watch(job: Extract<Job, { kind: "watch" }>): Promise<Outcome> {
  const open = await Promise.all(Array.from({ length: job.connections }, () => LoadConnection.open(credentials)));
  const collection = pathOf(job.resource);
  const target = `${collection}?watch=1&resourceVersion=${await revisionOf(collection)}`;
  const cpu = process.cpuUsage();
  let first = Infinity;
  const follow = (connection: LoadConnection) => {
    const begun = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    let events = 0;
    const onData = (piece: Buffer) => {
      first = Math.min(first, performance.now());
      for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, at + 1)) events++;
      if (events >= job.events) done.resolve();
    };
    const onBegin = () => begun.resolve();
    const ended = connection.send({ method: "GET", target, onData, onBegin }).then(({ status, refusal }) => {
      throw new Error(`a watch ended with ${status} ${refusal} after ${events} of ${job.events} events`);
    });
    return { begun: Promise.race([begun.promise, ended]), done: Promise.race([done.promise, ended]) };
  };
  const share = Math.ceil(job.watchers / job.connections);
  const watches = open.flatMap((connection) => Array.from({ length: share }, () => follow(connection)));
  const all = Promise.all(watches.map(({ done }) => done));
  all.catch(() => undefined); // Those that are stopped in the middle.
  await Promise.all(watches.map(({ begun }) => begun));
  tell("ready");
  const failures: string[] = [];
  await Promise.race([all, stopped()]).catch((error: unknown) => failures.push(String(error)));
  const tookMs = performance.now() - first;
  const { user, system } = process.cpuUsage(cpu);
  for (const connection of open) connection.close();
  return { tookMs, latencies: [], cpuMs: (user + system) / 1_000, failures };
}

async function revisionOf(collection: string): Promise<string> {
  const single = openRequests(credentials);
  const list = (await single.send("GET", `${collection}?limit=1`)) as {
    readonly metadata: { readonly resourceVersion: string };
  };
  single.close();
  return list.metadata.resourceVersion;
}

/** New connections at a steady rate; one is late rather than left out. */
async function connections(job: Extract<Job, { kind: "connect" }>): Promise<Outcome> {
  const { signal } = stop;
  const latencies: number[] = [];
  const failures: string[] = [];
  const open = new Set<Promise<void>>();
  tell("ready");
  const started = performance.now();
  const cpu = process.cpuUsage();
  while (!signal.aborted) {
    const due = ((performance.now() - started) * job.perSecond) / 1_000;
    while (latencies.length + failures.length + open.size < due) {
      const sent = performance.now();
      const one: Promise<void> = fetchOnce(job.host, job.port).then(
        () => void latencies.push(performance.now() - sent),
        (error: unknown) => void failures.push(String(error)),
      );
      open.add(one);
      void one.finally(() => open.delete(one));
    }
    await sleep(5);
  }
  await Promise.all(open);
  const { user, system } = process.cpuUsage(cpu);
  return { tookMs: performance.now() - started, latencies, cpuMs: (user + system) / 1_000, failures };
}

/** One HTTP/1.0 request on a connection of its own; rejects unless a whole 200 comes back. */
async function fetchOnce(host: string, port: number): Promise<void> {
  const socket = connect({ host, port });
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error("no answer in time")));
  socket.write("GET / HTTP/1.0\r\n\r\n");
  let head = "";
  socket.on("data", (chunk: Buffer) => (head += chunk.toString("latin1")));
  await once(socket, "end");
  socket.destroy();
  if (!/^HTTP\/1\.[01] 200 /.test(head)) throw new Error(`not an answer: ${JSON.stringify(head.slice(0, 40))}`);
}
