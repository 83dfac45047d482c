import { ConfigMap } from "#api/core/configmap.ts";
import { Event } from "#api/core/event.ts";
import { Pod, type PodDraft } from "#api/core/pod.ts";
import { silentLog } from "#base/log.ts";
import { seededRandom } from "#base/random.ts";
import { VirtualClock } from "#base/virtual_clock.ts";
import { createApiServer } from "#apiserver/server.ts";
import { Namespace } from "#api/core/namespace.ts";
import { ServiceAccount } from "#api/core/serviceaccount.ts";
import { KINDS } from "#api/kinds.ts";
import { KindRegistry } from "#api/registry.ts";
import type { Client } from "#client/client.ts";
import { createClient } from "#client/http_client.ts";
import { InformerFactory } from "#client/informer.ts";
import { compareResourceVersions } from "#client/stored.ts";
import { MemoryStore } from "#store/memory_store.ts";
import { DialError, type Dialer } from "#sys/dialer.ts";
import type { MachineFacts } from "#sys/machine_facts.ts";
import { memoryFiles } from "#sys/memory_files.ts";
import { MemoryMounts } from "#sys/mounts.ts";
import { createNodeAgent, type NodeAgent, type NodeAgentOptions } from "./agent.ts";
import { FakeRuntime, type FakeRuntimeOptions } from "./fake_runtime.ts";

const MACHINE: MachineFacts = {
  hostname: "n1",
  cpus: 2,
  memoryBytes: 2 ** 32,
  storageBytes: 2 ** 36,
  kernelVersion: "6.1.0",
  osImage: "Debian GNU/Linux 12 (bookworm)",
  architecture: "amd64",
  machineId: "m",
  systemUuid: "s",
  bootId: "b",
};

/** For tests: a node in memory on virtual time, with a whole API server to talk to. */
export class NodeUnderTest {
  readonly clock = new VirtualClock();
  readonly api: Client;
  readonly files = memoryFiles({ now: () => this.clock.now() });
  readonly mounts = new MemoryMounts();
  readonly runtime: FakeRuntime;
  /** Answers HTTP probes by `host:port/path`: a status, or nothing for a refused connection. */
  answer: (address: string) => number | undefined = () => undefined;
  agent: NodeAgent;
  readonly #options: Partial<NodeAgentOptions>;
  #informers: InformerFactory | undefined;
  #logged: Promise<void> = Promise.resolve();

  constructor(runtime: Partial<FakeRuntimeOptions> = {}, options: Partial<NodeAgentOptions> = {}) {
    this.#options = options;
    const random = seededRandom(7);
    const parts = { store: new MemoryStore(), registry: new KindRegistry(KINDS), clock: this.clock, random };
    this.api = createClient(createApiServer({ ...parts, log: silentLog }).handle, "admin");
    this.runtime = new FakeRuntime({
      clock: this.clock,
      anyImage: {},
      appendLog: (path, text) => void (this.#logged = this.#logged.then(() => this.#append(path, text))),
      ...runtime,
    });
    this.agent = this.#makeAgent();
  }

  async start(): Promise<void> {
    await this.files.mkdir("/etc");
    for (const name of ["default", "kube-node-lease"]) {
      await this.api.create(Namespace, { metadata: { name } }).catch(() => {});
      await this.api.create(ServiceAccount, { metadata: { name: "default", namespace: name } }).catch(() => {});
    }
    const started = this.agent.start();
    await this.clock.settle();
    await started;
  }

  /** Ends the agent and starts another, which knows nothing of the first. */
  async restartAgent(whileDown: () => Promise<void> = async () => {}): Promise<void> {
    await Promise.all([this.agent.stop(), this.#informers?.stop()]);
    await whileDown();
    this.agent = this.#makeAgent();
    await this.start();
  }

  async createPod(
    name: string,
    spec: Partial<PodDraft["spec"]> = {},
    metadata: PodDraft["metadata"] = {},
  ): Promise<Pod> {
    const { containers = [{ name: "main", image: "app:1" }], ...rest } = spec;
    const pod = await this.api.create(Pod, {
      metadata: { name, namespace: "default", ...metadata },
      spec: { ...rest, containers, nodeName: "n1" },
    });
    await this.clock.settle();
    return pod;
  }

  pod(name: string): Promise<Pod> {
    return this.api.get(Pod, { namespace: "default", name });
  }

  async exists(name: string): Promise<boolean> {
    return this.pod(name).then(
      () => true,
      () => false,
    );
  }

  async deletePod(name: string, gracePeriodSeconds?: number): Promise<void> {
    await this.api.delete(Pod, { namespace: "default", name }, { gracePeriodSeconds });
    await this.clock.settle();
  }

  async putConfigMap(name: string, data: Record<string, string>): Promise<void> {
    const draft = { metadata: { name, namespace: "default" }, data };
    const known = await this.api.get(ConfigMap, { namespace: "default", name }).catch(() => undefined);
    if (known) await this.api.update(ConfigMap, { ...known, data });
    else await this.api.create(ConfigMap, draft);
    await this.clock.settle();
  }

  /** `Reason message` of each event about pods, oldest first. */
  async events(): Promise<string[]> {
    const { items } = await this.api.list(Event);
    const pods = items.filter((event) => event.involvedObject.kind === "Pod");
    pods.sort((a, b) => compareResourceVersions(a.metadata.resourceVersion, b.metadata.resourceVersion));
    return pods.map((event) => `${event.reason} ${event.message}`);
  }

  async #append(path: string, text: string): Promise<void> {
    await this.files.mkdir(path.slice(0, path.lastIndexOf("/")));
    await this.files.appendFile(path, text);
  }

  #makeAgent(): NodeAgent {
    const dialer: Dialer = {
      connect: async (host, port) => {
        if (this.answer(`${host}:${port}`) === undefined)
          throw new DialError(host, port, "connect: connection refused");
      },
      get: async ({ host, port, path }) => {
        const status = this.answer(`${host}:${port}${path}`);
        if (status === undefined) throw new DialError(host, port, "connect: connection refused");
        return { status, body: "" };
      },
    };
    const { clock, api: client } = this;
    // Frozen: what the agent changes in a shared object fails here.
    this.#informers = new InformerFactory({ client, clock, random: seededRandom(9), log: silentLog, freeze: true });
    return createNodeAgent({
      client,
      informers: this.#informers,
      runtime: this.runtime,
      files: this.files,
      mounts: this.mounts,
      dialer,
      clock,
      random: seededRandom(8),
      log: silentLog,
      nodeName: "n1",
      nodeIp: "10.0.0.1",
      dataDir: "/data",
      clusterDns: "10.96.0.10",
      machine: MACHINE,
      ...this.#options,
    });
  }
}
