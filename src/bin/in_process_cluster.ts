import { realClock } from "#base/clock.ts";
import type { HttpHandler } from "#base/http.ts";
import { silentLog, type Log } from "#base/log.ts";
import { seededRandom, type Random } from "#base/random.ts";
import { VirtualClock } from "#base/virtual_clock.ts";
import { Node } from "#api/core/node.ts";
import { ServiceAccount } from "#api/core/serviceaccount.ts";
import type { Client } from "#client/client.ts";
import { createClient } from "#client/http_client.ts";
import type { FakeImage } from "#node/fake_image.ts";
import { Fleet } from "#simulation/fleet.ts";
import type { FleetNode } from "#simulation/fleet_node.ts";
import { parseStages } from "#simulation/stage_file.ts";
import { DEFAULT_RETENTION, keepCompacted, type Retention } from "#store/compactor.ts";
import { MemoryStore, type MemoryDisk } from "#store/memory_store.ts";
import { parseSchedulerConfiguration } from "#scheduler/configuration_file.ts";
import { createCertificateAuthority, createServiceAccountKey } from "#sys/certificates.ts";
import { afterThisTurn } from "#sys/event_loop.ts";
import { openTokenKey } from "#sys/json_web_token.ts";
import { signerOf } from "./pki.ts";
import type { Store } from "#store/store.ts";
import { applyManifests } from "./apply_manifests.ts";
import { AgentNode } from "./agent_node.ts";
import { ClusterClock } from "./cluster_clock.ts";
import { Components } from "./components.ts";
import type { Faults } from "./faults.ts";
import { fleetConnections } from "./fleet_connections.ts";
import { boundFleetMemory } from "./fleet_memory.ts";
import { openDoor, type Door } from "./library_door.ts";
import { DEFAULT_NETWORKS } from "./networks.ts";

export interface ClusterOptions {
  /** How many nodes with a real agent on a machine in memory; 1 by default. */
  readonly nodes?: number;
  /**
   * How many nodes whose pods live by `stages`, without agent or runtime; none by default. Thousands are fine: from 500
   * on V8 is told to collect sooner, for the rest of this process.
   */
  readonly simulatedNodes?: number;
  /** How pods and nodes of `simulatedNodes` live: `Stages` documents (examples/stages). Else they run, or complete. */
  readonly stages?: string;
  /** Quantities each simulated node has, `pods` and `cpu` among them; 110 pods, 4 cores and 16 GiB by default. */
  readonly capacity?: Readonly<Record<string, string>>;
  /** How often each simulated node renews its lease, milliseconds; 10 s by default. */
  readonly heartbeatMs?: number;
  /** How pods are placed: a KubeSchedulerConfiguration in YAML. */
  readonly scheduler?: string;
  /** Where things go wrong. `cluster.faults` changes it later. */
  readonly faults?: Faults;
  /** `virtual`, the default, moves only when told; `real` is the machine's. */
  readonly clock?: "virtual" | "real";
  /** Decides everything left to chance; 1 by default. On virtual time the same seed gives the same history. */
  readonly seed?: number;
  /** Serves the API at this port of 127.0.0.1, by TLS; 0 takes a free one. Without it no socket is opened. */
  readonly port?: number;
  /** What images do, by reference; any other can be pulled, runs for ever and answers its probes. */
  readonly images?: Readonly<Record<string, FakeImage>>;
  readonly log?: Log;
  /** What an earlier store left behind, and where failures of the disk are injected. */
  readonly disk?: MemoryDisk;
  /** Freezes what caches hold, so that a component that changes it fails: for tests of Knarr itself. */
  readonly freezeCaches?: boolean;
}

/** A whole cluster in this process: API server, controllers, scheduler, and nodes whose containers are simulated. */
export interface Cluster extends AsyncDisposable {
  /** The typed API as an administrator. */
  readonly client: Client;
  /** For kubectl and client libraries; undefined when no port was asked for. */
  readonly kubeconfig: string | undefined;
  readonly clock: ClusterClock;
  readonly nodes: readonly AgentNode[];
  /** Others after a restart of the cluster. */
  readonly simulatedNodes: readonly FleetNode[];
  /** Where things go wrong from now on; undefined for nowhere. */
  faults: Faults | undefined;
  /** The API by function call: requests as a listener would hand them over. */
  readonly handle: HttpHandler;
  /** What the API server stands on; a watch on it misses nothing. */
  readonly store: Store;
  /** Applies manifests (YAML, any number of documents) on the server's side. */
  apply(manifests: string): Promise<void>;
  /**
   * Lets time pass until `check` is true.
   *
   * @param within Go duration or milliseconds; `5m` by default.
   * @throws {Error} When it is not true by then.
   */
  until(check: () => boolean | Promise<boolean>, within?: string | number): Promise<void>;
  /**
   * As if this program had been killed and started again: everything but the machines' containers and what the store
   * has acknowledged is lost. `client`, `handle` and `store` are others afterwards. A cluster with a port cannot.
   */
  restart(): Promise<void>;
  /** Kills controllers and scheduler wherever they are; they begin anew, with empty memories, a second later. */
  killManagers(): void;
  stop(): Promise<void>;
}

/** Starts a cluster in this process; resolves when its nodes are Ready. Needs no root, no container runtime, no disk. */
export async function createCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const cluster = new InProcessCluster(options);
  try {
    await cluster.start();
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

const CHECK_EVERY_MS = 100;
/** Nobody else's history is as short; but here it is in this process's memory, and a fleet of thousands writes fast. */
const REAL_RETENTION: Retention = { ...DEFAULT_RETENTION, changesMax: 20_000, everyMs: 1_000 };
/** A year passes in seconds: nobody looks after the store's history every ten of its thirty-one million. */
const VIRTUAL_RETENTION: Retention = { ...DEFAULT_RETENTION, everyMs: DEFAULT_RETENTION.keepMs };
/** A cluster without TLS has no authority; the ConfigMap with its certificate must exist all the same. */
const NO_CERTIFICATE = "# this cluster is served in its own process, without TLS\n";

class InProcessCluster implements Cluster {
  readonly clock: ClusterClock;
  readonly nodes: readonly AgentNode[];
  faults: Faults | undefined;
  readonly #random: Random;
  readonly #signer = signerOf(
    () => this.#door?.authority ?? createCertificateAuthority({ commonName: "kubernetes", now: 0, days: 36_500 }),
  );
  /** Outlives a restart, as on a disk. */
  readonly #tokenKey = openTokenKey(createServiceAccountKey().privateKey);
  readonly #options: ClusterOptions;
  #store: MemoryStore;
  #components: Components;
  #door: Door | undefined;
  #fleet: Fleet | undefined;
  #stopCompacting = () => {};

  constructor(options: ClusterOptions) {
    const { seed = 1, log = silentLog, nodes = 1, images = {}, disk } = options;
    this.#options = options;
    this.faults = options.faults;
    this.clock = new ClusterClock(options.clock === "real" ? realClock : new VirtualClock());
    this.#random = seededRandom(seed);
    this.#store = new MemoryStore(disk, options.clock === "real" ? afterThisTurn : undefined);
    this.#components = this.#assemble();
    const machine = { components: () => this.#components, clock: this.clock, random: this.#random, log, images };
    this.nodes = Array.from({ length: nodes }, (_, at) => new AgentNode({ ...machine, number: at + 1 }));
  }

  get simulatedNodes(): readonly FleetNode[] {
    return this.#fleet?.nodes ?? [];
  }

  get client(): Client {
    return this.#components.clientFor("kubernetes-admin");
  }

  get handle(): HttpHandler {
    return this.#components.server.handle;
  }

  get store(): Store {
    return this.#store;
  }

  get kubeconfig(): string | undefined {
    return this.#door?.kubeconfig;
  }

  async start(): Promise<void> {
    const { port } = this.#options;
    if (port !== undefined) this.#door = await openDoor(this.#components.server, port);
    await this.#startComponents();
    await this.until(() => this.#isReady(), "1m");
  }

  async restart(): Promise<void> {
    if (this.#door) throw new TypeError("Cannot restart a cluster that serves a port");
    const running = this.nodes.filter((node) => node.isRunning);
    const [before, store] = [this.#components, this.#store];
    this.#fleet?.stop();
    await this.clock.during(Promise.all(running.map((node) => node.stop())));
    this.#stopCompacting();
    // What is under way fails, as what a killed process was about to write is not written.
    await this.clock.during(store.close());
    await this.clock.during(before.stop());
    this.#store = store.reopen();
    this.#components = this.#assemble();
    await this.#startComponents(running);
  }

  killManagers(): void {
    this.#components.killManagers();
  }

  apply(manifests: string): Promise<void> {
    return applyManifests(this.client, this.#components.registry, manifests);
  }

  async until(check: () => boolean | Promise<boolean>, within: string | number = "5m"): Promise<void> {
    const { clock } = this;
    await clock.settle();
    for (const deadline = clock.monotonic() + clock.millisecondsOf(within); !(await check());) {
      if (clock.monotonic() >= deadline) throw new Error(`Not true within ${within}: ${check.toString()}`);
      await clock.advance(CHECK_EVERY_MS);
    }
  }

  async stop(): Promise<void> {
    await this.#door?.close();
    this.#fleet?.stop();
    await Promise.all(this.nodes.map((node) => node.stop()));
    await this.#components.stop();
    this.#stopCompacting();
    await this.#store.close();
  }

  #assemble(): Components {
    const { log = silentLog, freezeCaches = false, scheduler } = this.#options;
    const { clock } = this;
    return new Components({
      store: this.#store,
      clock,
      random: this.#random,
      log,
      networks: DEFAULT_NETWORKS,
      freezeCaches,
      faults: () => this.faults,
      server: { tokenKey: this.#tokenKey },
      signer: this.#signer,
      scheduling: scheduler === undefined ? undefined : parseSchedulerConfiguration(scheduler),
    });
  }

  #assembleFleet(): Fleet | undefined {
    const { simulatedNodes: count = 0, stages, heartbeatMs, capacity, log = silentLog } = this.#options;
    if (count === 0) return undefined;
    boundFleetMemory(count);
    const components = this.#components;
    return new Fleet({
      count,
      clientFor: (user) =>
        createClient(components.doorOf(user.slice(user.lastIndexOf(":") + 1)), user, { shared: true }),
      informers: components.informers,
      clock: this.clock,
      random: this.#random,
      log: log.part("simulation"),
      ...(stages !== undefined && { stages: parseStages(stages) }),
      ...(heartbeatMs !== undefined && { heartbeatMs }),
      ...(capacity !== undefined && { capacity }),
    });
  }

  async #startComponents(nodes: readonly AgentNode[] = this.nodes): Promise<void> {
    const port = this.#door?.port ?? 6443;
    const rootCertificate = this.#door?.authority.cert ?? NO_CERTIFICATE;
    const { clock, log = silentLog } = this.#options;
    const retention = clock === "real" ? REAL_RETENTION : VIRTUAL_RETENTION;
    this.#stopCompacting = keepCompacted(this.#store, this.clock, log.part("store"), retention);
    await this.clock.during(this.#components.start({ port, rootCertificate }));
    await this.clock.during(Promise.all(nodes.map((node) => node.start())));
    this.#fleet = this.#assembleFleet();
    for (const node of this.#fleet?.nodes ?? []) this.#components.nodes.connect(node.name, fleetConnections(node));
    if (this.#fleet) await this.clock.during(this.#fleet.start());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Every node is Ready, and a pod in `default` has the service account it needs. */
  async #isReady(): Promise<boolean> {
    const { items } = await this.client.list(Node);
    const accounts = await this.client.list(ServiceAccount, { namespace: "default" });
    const ready = items.filter(({ status }) =>
      status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True"),
    );
    return ready.length === this.nodes.length + this.simulatedNodes.length && accounts.items.length > 0;
  }
}
