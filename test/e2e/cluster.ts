import assert from "node:assert/strict";
import { createServer } from "node:net";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Kubectl, kubectlPrograms } from "./kubectl.ts";
import { run, type Run } from "./run.ts";
import { until } from "./until.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** The tutorial's images; all of them have Node, and a shell with busybox's programs. */
export const IMAGE = {
  v1: "080196/hello-app:v1",
  v2: "080196/hello-app:v2",
  v3: "080196/hello-app:v3",
  /** A registry nobody runs: pulling fails at once, without leaving the machine. */
  missing: "127.0.0.1:9/worker:v0.3",
} as const;

/** One running cluster of containers, as a user has it after `./knarr up`. */
export class Cluster {
  readonly name: string;
  readonly directory: string;
  readonly port: number;
  readonly #env: Readonly<Record<string, string>>;

  readonly #upArguments: readonly string[];

  private constructor(name: string, directory: string, port: number, upArguments: readonly string[]) {
    this.#upArguments = upArguments;
    this.name = name;
    this.directory = directory;
    this.port = port;
    // A home of its own: kubectl keeps what it has discovered there, by server address.
    this.#env = { ...cleanEnvironment(), HOME: directory, KUBECONFIG: this.kubeconfig };
  }

  /** Starts one, with these arguments of `up` beside, and builds the tutorial's images for it. */
  static async start(name = "e2e", ...upArguments: readonly string[]): Promise<Cluster> {
    kubectlPrograms();
    const cluster = new Cluster(name, mkdtempSync(join(tmpdir(), "knarr-e2e-")), await freePort(), upArguments);
    await cluster.up();
    for (const version of ["v1", "v2", "v3"] as const) {
      await cluster.knarrOk("image", "build", `examples/hello-app/${version}`, "-t", IMAGE[version]);
    }
    return cluster;
  }

  get data(): string {
    return join(this.directory, "data");
  }

  get kubeconfig(): string {
    return join(this.data, "kubeconfig");
  }

  get server(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  /** The process to kill, as the cluster itself names it. */
  get pid(): number {
    const state = JSON.parse(readFileSync(join(this.data, "run/state.json"), "utf8")) as { pid: number };
    return state.pid;
  }

  up(): Promise<string> {
    return this.knarrOk("up", "--port", String(this.port), "--no-merge", ...this.#upArguments);
  }

  /** `./knarr` with a command about this cluster. */
  knarr(...args: readonly string[]): Promise<Run> {
    const words = args[0] === "image" ? 2 : 1;
    const about = ["--name", this.name, "--data-dir", this.data];
    const argv = [...args.slice(0, words), ...about, ...args.slice(words)];
    return run(join(ROOT, "knarr"), argv, { env: cleanEnvironment(), timeoutMs: 240_000 });
  }

  async knarrOk(...args: readonly string[]): Promise<string> {
    const { stdout, stderr, code } = await this.knarr(...args);
    assert.equal(code, 0, `./knarr ${args.join(" ")}\n${stdout}${stderr}`);
    return stdout;
  }

  /** Each kubectl to be tested, in a namespace. */
  everyKubectl(namespace = "default"): readonly Kubectl[] {
    return kubectlPrograms().map((program) => new Kubectl(program, this.#env, namespace));
  }

  /** The newest kubectl, in a namespace. */
  kubectl(namespace = "default"): Kubectl {
    const [newest] = kubectlPrograms();
    return new Kubectl(newest, this.#env, namespace);
  }

  /** The newest kubectl in a namespace made for the purpose, ready for pods. */
  async namespace(name: string): Promise<Kubectl> {
    const kubectl = this.kubectl(name);
    await kubectl.ok(`create namespace ${name}`);
    await until("the namespace has its service account", async () => {
      const { code } = await kubectl.run("get serviceaccount default");
      return code === 0;
    });
    return kubectl;
  }

  /** Stops it and removes everything of it, this directory included. */
  async purge(): Promise<void> {
    await this.knarrOk("down", "--purge");
    assert.ok(!existsSync(this.data), `${this.data} must be gone`);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A TCP port of 127.0.0.1 that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolvePort(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** The environment without what the test runner put there for its own children. */
function cleanEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[0] !== "NODE_TEST_CONTEXT",
  );
  return Object.fromEntries(entries);
}
