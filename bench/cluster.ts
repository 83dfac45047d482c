import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseState, type ClusterState } from "#cli/state.ts";
import { credentialsOf, type Credentials } from "#cli/kubeconfig.ts";

const ROOT = join(import.meta.dirname, "..");
const NAME = "bench";
/** The longest any one command may take. */
const COMMAND_MS = 120_000;

/** A cluster of the bundled program, started by `./knarr` as a person would, in a directory of its own. */
export class BenchCluster {
  readonly #directory: string;
  readonly #port: number;
  #state: ClusterState | undefined;

  private constructor(directory: string, port: number) {
    this.#directory = directory;
    this.#port = port;
  }

  /** Gives `use` a cluster that is not up yet; whatever happens, nothing is left of it afterwards. */
  static async with<T>(use: (cluster: BenchCluster) => Promise<T>): Promise<T> {
    const cluster = new BenchCluster(await mkdtemp(join(tmpdir(), "knarr-bench-")), await freePort());
    try {
      return await use(cluster);
    } finally {
      await cluster.purge();
      await rm(cluster.#directory, { recursive: true, force: true });
    }
  }

  /** The server's process. */
  get pid(): number {
    if (this.#state === undefined) throw new Error("the cluster is not up");
    return this.#state.pid;
  }

  /** Starts the cluster. Resolves with what it says of its start, and how long the command took. */
  async up(): Promise<{ readonly apiReadyMs: number; readonly nodesReadyMs: number; readonly commandMs: number }> {
    const started = performance.now();
    const output = await this.#knarr("up", "--port", String(this.#port), "--no-merge", "--json");
    const commandMs = performance.now() - started;
    const state = parseState(output);
    if (state?.apiReadyMs === undefined || state.nodesReadyMs === undefined) {
      throw new Error(`knarr up did not say when it was ready: ${output}`);
    }
    this.#state = state;
    return { apiReadyMs: state.apiReadyMs, nodesReadyMs: state.nodesReadyMs, commandMs };
  }

  /** Stops the cluster and keeps its data. */
  async down(): Promise<void> {
    await this.#knarr("down");
  }

  async purge(): Promise<void> {
    await this.#knarr("down", "--purge");
  }

  async loadImage(archive: string): Promise<void> {
    await knarr("image", "load", archive, ...this.#which());
  }

  async credentials(): Promise<Credentials> {
    return credentialsOf(await readFile(join(this.#data, "kubeconfig"), "utf8"), NAME);
  }

  get #data(): string {
    return join(this.#directory, "data");
  }

  #which(): string[] {
    return ["--name", NAME, "--data-dir", this.#data];
  }

  #knarr(command: string, ...rest: string[]): Promise<string> {
    return knarr(command, ...this.#which(), ...rest);
  }
}

/** Runs `./knarr`; resolves with its standard output. */
export function knarr(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(ROOT, "knarr"), args, { stdio: ["ignore", "pipe", "pipe"], timeout: COMMAND_MS });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`knarr ${args.join(" ")} ended with ${code}: ${err.trim()}`));
    });
  });
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
