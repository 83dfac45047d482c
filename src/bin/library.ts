import { realClock, type Clock } from "#base/clock.ts";
import type { HttpHandler } from "#base/http.ts";
import { silentLog, type Log } from "#base/log.ts";
import { seededRandom } from "#base/random.ts";
import { VirtualClock } from "#base/virtual_clock.ts";
import { Namespace } from "#api/core/namespace.ts";
import { Node } from "#api/core/node.ts";
import { ServiceAccount } from "#api/core/serviceaccount.ts";
import type { Client } from "#client/client.ts";
import type { FakeImage } from "#node/fake_image.ts";
import { MemoryStore } from "#store/memory_store.ts";
import type { Store } from "#store/store.ts";
import { applyManifests } from "./apply_manifests.ts";
import { ClusterClock } from "./cluster_clock.ts";
import { Components } from "./components.ts";
import { openDoor, type Door } from "./library_door.ts";
import { DEFAULT_NETWORKS } from "./networks.ts";
import { SimulatedNode } from "./simulated_node.ts";

export { ConfigMap } from "#api/core/configmap.ts";
export { ControllerRevision } from "#api/apps/controllerrevision.ts";
export { DaemonSet } from "#api/apps/daemonset.ts";
export { Deployment } from "#api/apps/deployment.ts";
export { ReplicaSet } from "#api/apps/replicaset.ts";
export { StatefulSet } from "#api/apps/statefulset.ts";
export { Lease } from "#api/coordination/lease.ts";
export { Endpoints } from "#api/core/endpoints.ts";
export { Event } from "#api/core/event.ts";
export { PersistentVolume } from "#api/core/persistentvolume.ts";
export { PersistentVolumeClaim } from "#api/core/persistentvolumeclaim.ts";
export { Pod } from "#api/core/pod.ts";
export { ReplicationController } from "#api/core/replicationcontroller.ts";
export { Secret } from "#api/core/secret.ts";
export { Service } from "#api/core/service.ts";
export { EndpointSlice } from "#api/discovery/endpointslice.ts";
export { ApiError, isApiError, type Client } from "#client/client.ts";
export { drainFor, exitAfter, ignoreTerminate, runForever, type FakeImage } from "#node/fake_image.ts";
export { ImagePullError } from "#node/runtime_errors.ts";
export { Namespace, Node, ServiceAccount };
export type { ClusterClock, SimulatedNode };

export interface ClusterOptions {
  /** How many nodes; 1 by default. */
  readonly nodes?: number;
  /** `virtual`, the default, moves only when told; `real` is the machine's. */
  readonly clock?: "virtual" | "real";
  /** Decides everything left to chance; 1 by default. On virtual time the same seed gives the same history. */
  readonly seed?: number;
  /** Serves the API at this port of 127.0.0.1, by TLS; 0 takes a free one. Without it no socket is opened. */
  readonly port?: number;
  /** What images do, by reference; any other can be pulled, runs for ever and answers its probes. */
  readonly images?: Readonly<Record<string, FakeImage>>;
  readonly log?: Log;
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
  readonly nodes: readonly SimulatedNode[];
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
/** A cluster without TLS has no authority; the ConfigMap with its certificate must exist all the same. */
const NO_CERTIFICATE = "# this cluster is served in its own process, without TLS\n";

class InProcessCluster implements Cluster {
  readonly client: Client;
  readonly clock: ClusterClock;
  readonly nodes: readonly SimulatedNode[];
  readonly handle: HttpHandler;
  readonly store = new MemoryStore();
  readonly #components: Components;
  readonly #options: ClusterOptions;
  #door: Door | undefined;

  constructor(options: ClusterOptions) {
    const { seed = 1, log = silentLog, nodes = 1, images = {}, freezeCaches = false } = options;
    this.#options = options;
    this.clock = new ClusterClock(options.clock === "real" ? realClock : new VirtualClock());
    const clock: Clock = this.clock;
    const random = seededRandom(seed);
    const components = new Components({
      store: this.store,
      clock,
      random,
      log,
      networks: DEFAULT_NETWORKS,
      freezeCaches,
    });
    this.#components = components;
    this.handle = components.server.handle;
    this.client = components.clientFor("kubernetes-admin");
    this.nodes = Array.from(
      { length: nodes },
      (_, at) => new SimulatedNode({ components, clock, random, log, images, number: at + 1 }),
    );
  }

  get kubeconfig(): string | undefined {
    return this.#door?.kubeconfig;
  }

  async start(): Promise<void> {
    const { port } = this.#options;
    if (port !== undefined) this.#door = await openDoor(this.#components.server, port);
    await this.clock.during(
      this.#components.start({
        port: this.#door?.port ?? 6443,
        rootCertificate: this.#door?.rootCertificate ?? NO_CERTIFICATE,
      }),
    );
    await this.clock.during(Promise.all(this.nodes.map((node) => node.start())));
    await this.until(() => this.#isReady(), "1m");
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
    await Promise.all(this.nodes.map((node) => node.stop()));
    await this.#components.stop();
    await this.store.close();
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
    return ready.length === this.nodes.length && accounts.items.length > 0;
  }
}
