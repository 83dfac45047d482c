import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Credentials } from "#cli/kubeconfig.ts";
import { httpsTransport, type OpenTransport } from "#sys/http/client.ts";
import type { LoopLoad } from "#sys/event_loop.ts";
import type { FromServer } from "./server_process.ts";

/** The longest a server may take to answer after its start, on the slowest machine. */
const START_MS = 60_000;

/** A control plane in a process of its own, over a store on disk that outlives it. */
export class AttackedServer implements AsyncDisposable {
  readonly #directory: string;
  readonly #port: number;
  #child: ChildProcess | undefined;
  #credentials: Credentials | undefined;
  #transport: OpenTransport | undefined;
  #said = "";

  private constructor(directory: string, port: number) {
    this.#directory = directory;
    this.#port = port;
  }

  /** Starts one in a directory of its own; both go when it is disposed of. */
  static async start(): Promise<AttackedServer> {
    const server = new AttackedServer(await mkdtemp(join(tmpdir(), "knarr-attack-")), await freePort());
    await server.restart();
    return server;
  }

  /** Starts the process, which must not be running, over what the last one left. */
  async restart(): Promise<void> {
    const script = join(import.meta.dirname, "server_process.ts");
    const child = fork(script, [this.#directory, String(this.#port)], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "knarr-attack-compile-cache") },
    });
    this.#child = child;
    child.stderr?.on("data", (chunk: Buffer) => (this.#said += chunk.toString()));
    const message = await this.#next();
    if (!("credentials" in message)) throw new Error("the server did not say how to reach it");
    this.#credentials = message.credentials;
    this.#transport?.close();
    this.#transport = httpsTransport(this.#credentials);
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    const child = this.#running;
    this.#child = undefined;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  get isAlive(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  get port(): number {
    return this.#port;
  }

  get credentials(): Credentials {
    if (this.#credentials === undefined) throw new Error("the server was not started");
    return this.#credentials;
  }

  /** Requests as the administrator. */
  get transport(): OpenTransport {
    if (this.#transport === undefined) throw new Error("the server was not started");
    return this.#transport;
  }

  /** Where its store is; not to be opened while it runs. */
  get storeDirectory(): string {
    return join(this.#directory, "store");
  }

  /** Lines of its log that speak of a failure of its own. */
  get complaints(): string[] {
    return this.#said.split("\n").filter((line) => / error |\bat .*:\d+:\d+|Warning/.test(line));
  }

  /** How busy its event loop was since it was last asked. */
  async load(): Promise<LoopLoad> {
    const answer = this.#next();
    this.#running.send("load");
    const message = await answer;
    if (!("load" in message)) throw new Error("the server answered something else");
    return message.load;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#transport?.close();
    if (this.isAlive) await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }

  get #running(): ChildProcess {
    if (this.#child === undefined) throw new Error("the server does not run");
    return this.#child;
  }

  async #next(): Promise<FromServer> {
    const child = this.#running;
    const signal = AbortSignal.timeout(START_MS);
    const ended = once(child, "exit", { signal }).then(([code]) => {
      throw new Error(`the server ended with ${code}:\n${this.#said}`);
    });
    const [message] = await Promise.race([once(child, "message", { signal }), ended]);
    ended.catch(() => {});
    return message as FromServer;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
