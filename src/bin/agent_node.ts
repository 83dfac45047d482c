import type { Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import { Pod } from "#api/core/pod.ts";
import type { ObjectRef } from "#api/object.ts";
import { annotatedUse } from "#api/metrics/annotated_use.ts";
import { createClient } from "#client/http_client.ts";
import { createNodeAgent, type NodeAgent } from "#node/agent.ts";
import { fakeDialer } from "#node/fake_dialer.ts";
import type { FakeImage, FakeUse } from "#node/fake_image.ts";
import { FakeRuntime } from "#node/fake_runtime.ts";
import type { Runtime } from "#node/runtime.ts";
import type { MachineFacts } from "#sys/machine_facts.ts";
import { memoryFiles } from "#sys/memory_files.ts";
import { MemoryMounts } from "#sys/mounts.ts";
import type { Components } from "./components.ts";
import { mortal, mortalLog } from "./mortal.ts";
import { DEFAULT_NETWORKS } from "./networks.ts";

interface AgentNodeOptions {
  /** The control plane there is now; another after a restart of the cluster. */
  readonly components: () => Components;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** From 1 up: decides name and addresses. */
  readonly number: number;
  /** What images do, by reference; all others exist and run for ever. */
  readonly images: Readonly<Record<string, FakeImage>>;
}

const POD_NETWORKS = 256;

/** A node whose agent is the real one and whose machine is in memory. It takes about as long as a machine does. */
export class AgentNode {
  readonly name: string;
  /** The machine's containers: to make them print, exit, or find what was done to them. */
  readonly runtime: FakeRuntime;
  readonly #options: AgentNodeOptions;
  readonly #files;
  readonly #mounts = new MemoryMounts();
  #agent: { readonly agent: NodeAgent; readonly components: Components; readonly cut: AbortController } | undefined;
  /** How often the machine was turned off hard. */
  #boots = 0;
  /** Log lines are appended one after the other. */
  #logged: Promise<void> = Promise.resolve();

  constructor(options: AgentNodeOptions) {
    const { number, clock, images } = options;
    this.#options = options;
    this.name = `node-${number}`;
    this.#files = memoryFiles({ now: () => clock.now() });
    this.runtime = new FakeRuntime({
      clock,
      images,
      absent: Object.keys(images),
      anyImage: { pullMs: 1_000 },
      latencyMs: { sandbox: 200, start: 100, stop: 100 },
      podNetwork: this.#podNetwork,
      recordCalls: false,
      use: ({ namespace, name }, container) => this.#use({ namespace, name }, container),
      appendLog: (path, text) => void (this.#logged = this.#logged.then(() => this.#append(path, text))),
    });
  }

  get isRunning(): boolean {
    return this.#agent !== undefined;
  }

  /** Turns the machine on: a new agent, which finds what the machine held. Resolves when it is registered. */
  async start(): Promise<void> {
    if (this.#agent !== undefined) return;
    const { clock, random, log } = this.#options;
    const components = this.#options.components();
    const cut = new AbortController();
    const agent = createNodeAgent({
      client: createClient(mortal(components.doorOf(this.name), cut.signal), `system:node:${this.name}`, {
        shared: true,
      }),
      informers: components.informers,
      runtime: guardedRuntime(this.runtime, cut.signal),
      files: this.#files,
      mounts: this.#mounts,
      dialer: fakeDialer(this.runtime),
      clock,
      random,
      log: mortalLog(log.part(this.name), this.name, cut.signal),
      nodeName: this.name,
      nodeIp: this.#address,
      podCidr: `${this.#podNetwork}.0/24`,
      dataDir: "/data",
      clusterDns: DEFAULT_NETWORKS.dnsAddress,
      clusterDomain: DEFAULT_NETWORKS.dnsDomain,
      machine: machineFacts(this.#options.number, this.name, this.#boots),
    });
    this.#agent = { agent, components, cut };
    components.nodes.connect(this.name, agent.connections);
    await this.#files.mkdir("/etc");
    await agent.start();
  }

  /** Cuts the machine's power: nothing is said to the API, and its containers end. `start` brings it back. */
  async kill(): Promise<void> {
    await this.stop();
    this.runtime.crashMachine();
    this.#boots++;
  }

  /** Ends the agent alone, wherever it is in its work; containers run on. */
  async stop(): Promise<void> {
    if (this.#agent === undefined) return;
    const { agent, components, cut } = this.#agent;
    this.#agent = undefined;
    components.nodes.disconnect(this.name);
    cut.abort(new Error(`the agent of ${this.name} has ended`));
    await agent.stop();
  }

  /** The first three numbers of the pods' addresses. */
  get #podNetwork(): string {
    const { number } = this.#options;
    return `10.${244 + Math.floor(number / POD_NETWORKS)}.${number % POD_NETWORKS}`;
  }

  get #address(): string {
    const { number } = this.#options;
    return `192.168.${Math.floor(number / POD_NETWORKS)}.${number % POD_NETWORKS}`;
  }

  /** What a pod's annotations say that its container uses, as they are now. */
  #use(ref: ObjectRef, container: string): FakeUse {
    const pods = this.#options.components().informers.informer(Pod, { fieldSelector: `spec.nodeName=${this.name}` });
    return annotatedUse(pods.cache.get(ref)?.metadata.annotations ?? {}, container);
  }

  async #append(path: string, text: string): Promise<void> {
    await this.#files.mkdir(path.slice(0, path.lastIndexOf("/")));
    await this.#files.appendFile(path, text);
  }
}

/** The runtime as an agent has it until its end. What it was asked for before, it does. */
function guardedRuntime(runtime: Runtime, signal: AbortSignal): Runtime {
  return new Proxy(runtime, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        signal.throwIfAborted();
        return member.apply(target, args) as unknown;
      };
    },
  });
}

function machineFacts(number: number, hostname: string, boots: number): MachineFacts {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
  const id = hex(number, 32);
  return {
    hostname,
    cpus: 4,
    memoryBytes: 16 * 2 ** 30,
    storageBytes: 64 * 2 ** 30,
    kernelVersion: "6.1.0",
    osImage: "Simulated",
    architecture: "amd64",
    machineId: id,
    systemUuid: id,
    bootId: `${hex(number, 16)}${hex(boots, 16)}`,
  };
}
