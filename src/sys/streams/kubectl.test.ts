import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { after, before, test } from "node:test";
import type { HttpHandler, HttpRequest } from "#base/http.ts";
import type { ExecSession, PortForwardSession } from "#base/streams.ts";
import { createCertificateAuthority, signCertificate } from "../certificates.ts";
import { type Listener, listen } from "../http/listener.ts";

/** Stock clients: the oldest speaks SPDY only, the newest WebSocket v5 and tunnelled port-forward. */
const KUBECTLS = ["kubectl.1.27", "kubectl.1.29", "kubectl.1.33", "kubectl"].flatMap((name) => {
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/lib/google-cloud-sdk/bin"];
  return directories
    .map((directory) => join(directory, name))
    .filter(isThere)
    .slice(0, 1);
});

/** What a version asks for first, where the name tells the version. */
const SPEAKS: Readonly<Record<string, string>> = { "kubectl.1.27": "SPDY/3.1", "kubectl.1.33": "websocket" };

function isThere(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

const directory = mkdtempSync(join(tmpdir(), "knarr-kubectl-"));
const kubeconfig = join(directory, "config");
/** What the pod's port 8080 leads to: says what it hears, in capitals. */
const shouting = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on("data", (bytes: Buffer) => socket.write(bytes.toString().toUpperCase()));
  socket.on("end", () => socket.end("END"));
});
let listener: Listener;
const upgrades: string[] = [];

const POD = {
  kind: "Pod",
  apiVersion: "v1",
  metadata: { name: "p", namespace: "default", uid: "1", resourceVersion: "1" },
  spec: { containers: [{ name: "c", image: "i", ports: [{ containerPort: 8080 }] }] },
  status: { phase: "Running" },
};
const RESOURCE = {
  name: "pods",
  singularName: "pod",
  namespaced: true,
  kind: "Pod",
  verbs: ["get"],
  shortNames: ["po"],
};
const ANSWERS: Readonly<Record<string, unknown>> = {
  "/version": { major: "1", minor: "36", gitVersion: "v1.36.0", platform: "linux/amd64" },
  "/api": { kind: "APIVersions", versions: ["v1"] },
  "/apis": { kind: "APIGroupList", apiVersion: "v1", groups: [] },
  "/api/v1": { kind: "APIResourceList", groupVersion: "v1", resources: [RESOURCE] },
  "/api/v1/namespaces/default/pods/p": POD,
};

before(async () => {
  const validity = { now: Date.now(), days: 1 };
  const ca = createCertificateAuthority({ commonName: "ca", ...validity });
  const tls = signCertificate(ca, { commonName: "s", usages: ["server"], ipAddresses: ["127.0.0.1"], ...validity });
  listener = await listen({ port: 0, host: "127.0.0.1", tls, handler: tinyApi, upgrade: tinyUpgrade });
  const cluster = {
    server: `https://127.0.0.1:${listener.port}`,
    "certificate-authority-data": Buffer.from(ca.cert).toString("base64"),
  };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user: { token: "t" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  shouting.listen(0, "127.0.0.1");
  await once(shouting, "listening");
});

after(async () => {
  await listener.close();
  shouting.close();
  rmSync(directory, { recursive: true });
});

function tinyApi(request: HttpRequest): ReturnType<HttpHandler> {
  const answer = ANSWERS[request.path];
  return Promise.resolve({
    status: answer === undefined ? 404 : 200,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify(answer ?? { kind: "Status", status: "Failure", code: 404 })),
  });
}

async function tinyUpgrade(
  request: HttpRequest,
  upgrade: Parameters<NonNullable<Parameters<typeof listen>[0]["upgrade"]>>[1],
): Promise<void> {
  upgrades.push(request.headers["upgrade"] ?? "");
  if (request.path.endsWith("/portforward")) {
    await forward(await upgrade.acceptPortForward(request.query.getAll("ports").map(Number)));
    return;
  }
  const asked = (name: string) => request.query.get(name) === "true";
  const command = request.query.getAll("command");
  if (command[0] === "forbidden") {
    const status = {
      kind: "Status",
      apiVersion: "v1",
      status: "Failure",
      message: "not you",
      reason: "Forbidden",
      code: 403,
    };
    upgrade.refuse({
      status: 403,
      headers: { "content-type": "application/json" },
      body: Buffer.from(JSON.stringify(status)),
    });
    return;
  }
  const streams = { stdin: asked("stdin"), stdout: asked("stdout"), stderr: asked("stderr"), tty: asked("tty") };
  await run(command, await upgrade.acceptExec(streams));
}

/** The pod's commands: `cat`, `flood BYTES`, `fail CODE`. */
async function run([name, argument]: readonly string[], session: ExecSession): Promise<void> {
  if (name === "cat" && session.stdin) for await (const chunk of session.stdin) await session.stdout?.write(chunk);
  if (name === "flood") {
    for (let left = Number(argument); left > 0; left -= 32_768)
      await session.stdout?.write(Buffer.alloc(Math.min(left, 32_768), "x"));
  }
  if (name !== "fail") {
    await session.finish({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" });
    return;
  }
  await session.stderr?.write(Buffer.from("went wrong\n"));
  await session.finish({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: exit status ${argument}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: argument }] },
    code: 500,
  });
}

async function forward(session: PortForwardSession): Promise<void> {
  for await (const connection of session.connections) {
    if (connection.port !== 8080) {
      await connection.fail(`nothing listens on ${connection.port}`);
      continue;
    }
    const target = connect({ port: (shouting.address() as AddressInfo).port, host: "127.0.0.1", allowHalfOpen: true });
    void upload(connection.data.incoming, target);
    void download(target, connection.data);
  }
}

async function upload(incoming: AsyncIterable<Uint8Array>, target: Socket): Promise<void> {
  for await (const chunk of incoming) target.write(chunk);
  target.end();
}

async function download(target: Socket, data: { write(chunk: Uint8Array): Promise<void>; end(): void }): Promise<void> {
  for await (const chunk of target) await data.write(chunk as Buffer);
  data.end();
}

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function kubectl(program: string, input: string | undefined, ...args: string[]): Promise<Outcome> {
  const child = start(program, ...args);
  const exited = once(child, "exit");
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([child.stdout.toArray(), child.stderr.toArray()]);
  const [code] = await exited;
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

function start(program: string, ...args: string[]): ChildProcessByStdio<Writable, Readable, Readable> {
  const env = { PATH: "", HOME: directory, KUBECONFIG: kubeconfig };
  return spawn(program, args, { env, stdio: "pipe", timeout: 20_000 });
}

/** Waits for kubectl to name its local ports. Goes on reading: a closed pipe would kill it. */
async function localPorts(stdout: Readable, count: number): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  stdout.on("data", (text) => {
    for (const [, local, remote = ""] of String(text).matchAll(/127\.0\.0\.1:(\d+) -> (\d+)/g))
      ports.set(remote, Number(local));
  });
  while (ports.size < count) await once(stdout, "data");
  return ports;
}

test(
  "a stock kubectl is on this machine",
  { skip: KUBECTLS.length === 0 && "no kubectl on PATH: streaming is only tested in memory" },
  () => {
    assert.ok(KUBECTLS.length > 0);
  },
);

for (const program of KUBECTLS) {
  const name = program.split("/").at(-1) ?? program;

  test(`${name} exec -i: standard input ends, and all of it comes back`, async () => {
    const text = "line\n".repeat(100_000);
    const outcome = await kubectl(program, text, "exec", "-i", "p", "--", "cat");
    assert.deepEqual(
      { ...outcome, stdout: outcome.stdout.length },
      { code: 0, stdout: text.length, stderr: outcome.stderr },
    );
    assert.equal(outcome.stdout, text);
  });

  test(`${name} exec: output far beyond every window arrives whole`, async () => {
    const outcome = await kubectl(program, undefined, "exec", "p", "-c", "c", "--", "flood", "5000000");
    assert.deepEqual([outcome.code, outcome.stdout.length, outcome.stderr], [0, 5_000_000, ""]);
    const expected = SPEAKS[name];
    if (expected !== undefined) assert.equal(upgrades.at(-1), expected);
  });

  test(`${name} exec: exit code and standard error come through`, async () => {
    const outcome = await kubectl(program, undefined, "exec", "p", "-c", "c", "--", "fail", "7");
    assert.deepEqual([outcome.code, outcome.stdout], [7, ""]);
    assert.equal(outcome.stderr, "went wrong\ncommand terminated with exit code 7\n");
  });

  test(`${name} exec: a refusal is shown`, async () => {
    const outcome = await kubectl(program, undefined, "exec", "p", "-c", "c", "--", "forbidden");
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, /not you/);
  });

  test(`${name} port-forward: several connections at once, half closed, and a port that fails`, async () => {
    const child = start(program, "port-forward", "p", ":8080", ":9090");
    const stderr: string[] = [];
    child.stderr.on("data", (text) => stderr.push(String(text)));
    const exited = once(child, "exit");
    const ports = await localPorts(child.stdout, 2);
    const say = async (word: string): Promise<string> => {
      const socket = connect({ port: ports.get("8080") ?? 0, host: "127.0.0.1", allowHalfOpen: true });
      socket.end(word);
      return Buffer.concat(await socket.toArray()).toString();
    };
    const words = ["one", "two", "three", "x".repeat(300_000)];
    assert.deepEqual(
      await Promise.all(words.map(say)),
      words.map((word) => `${word.toUpperCase()}END`),
    );
    const failing = connect(ports.get("9090") ?? 0, "127.0.0.1");
    await failing.toArray().catch(() => []);
    while (!stderr.join("").includes("nothing listens on 9090")) await once(child.stderr, "data");
    child.kill("SIGINT");
    await exited;
  });
}
