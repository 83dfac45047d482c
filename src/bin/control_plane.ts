import { realClock } from "#base/clock.ts";
import type { HttpHandler } from "#base/http.ts";
import type { Log } from "#base/log.ts";
import { KINDS } from "#api/kinds.ts";
import { KindRegistry } from "#api/registry.ts";
import type { NodeConnections } from "#apiserver/node_connection.ts";
import type { ServiceNetwork } from "#apiserver/allocation/service_allocation.ts";
import { bootstrap } from "#apiserver/bootstrap.ts";
import { createApiServer } from "#apiserver/server.ts";
import type { ClusterPaths } from "#cli/paths.ts";
import { createClient } from "#client/http_client.ts";
import { InformerFactory } from "#client/informer.ts";
import { startControllers } from "#controllers/all.ts";
import { startScheduler } from "#scheduler/scheduler.ts";
import { keepCompacted } from "#store/compactor.ts";
import { SqliteStore } from "#store/sqlite_store.ts";
import { listen, type Listener } from "#sys/http/listener.ts";
import { portIsFree } from "#sys/port.ts";
import { systemRandom } from "#sys/random.ts";
import { explainTexts } from "./explain_texts.ts";
import { ensureDnsService } from "./bootstrap.ts";
import type { Networks } from "./networks.ts";
import type { Pki } from "./pki.ts";

export interface ControlPlaneOptions {
  readonly paths: ClusterPaths;
  readonly port: number;
  readonly pki: Pki;
  readonly networks: Networks;
  readonly log: Log;
}

export interface ControlPlane {
  readonly handle: HttpHandler;
  /** One set of caches for every component of this process. */
  readonly informers: InformerFactory;
  /** Serves the API at the pods' gateway too, once that address exists. */
  listenAtGateway(): Promise<void>;
  /** From now on logs and sessions of containers go to this node. */
  connectNode(nodes: NodeConnections): void;
  /** Controllers and scheduler; resolves when they work. */
  startComponents(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the API server over the store on disk. It answers when this resolves. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { paths, port, pki, networks, log } = options;
  const store = await SqliteStore.open(paths.store);
  const stopCompacting = keepCompacted(store, realClock, log.part("store"));
  const shared = { clock: realClock, random: systemRandom };
  const nodes = new LateNodes();
  const registry = new KindRegistry(KINDS);
  const server = createApiServer({
    store,
    registry,
    ...shared,
    log: log.part("apiserver"),
    options: { nodes, descriptions: explainTexts(), services: serviceNetwork(networks) },
  });
  const listeners: Listener[] = [];
  const listenAt = async (host: string) => {
    const tls = { key: pki.server.key, cert: pki.server.cert, clientCa: pki.ca.cert };
    listeners.push(await listen({ port, host, tls, handler: server.handle, upgrade: server.upgrade }));
  };
  await listenAt("127.0.0.1");
  const admin = createClient(server.handle, "system:apiserver");
  const informers = new InformerFactory({ client: admin, ...shared, log: log.part("informers") });
  const stops: (() => void | Promise<void>)[] = [];
  return {
    handle: server.handle,
    informers,
    listenAtGateway: () => listenAt(networks.gateway),
    connectNode: (connections) => nodes.connect(connections),
    async startComponents() {
      await bootstrap(server.handle, { address: networks.gateway, port, clusterIp: networks.apiAddress });
      await ensureDnsService(admin, networks);
      const parts = (user: string, part: string) => ({
        client: createClient(server.handle, user),
        informers,
        ...shared,
        log: log.part(part),
      });
      const controllers = startControllers({
        ...parts("system:kube-controller-manager", "controllers"),
        registry,
        rootCertificate: pki.ca.cert,
      });
      const stopScheduler = await startScheduler(parts("system:kube-scheduler", "scheduler"));
      stops.push(() => controllers.stop(), stopScheduler);
    },
    async stop() {
      for (const stop of stops) await stop();
      await informers.stop();
      await Promise.all(listeners.map((listener) => listener.close(500)));
      server.close();
      stopCompacting();
      await store.close();
    },
  };
}

/** The node's connections, which come later than the server that uses them. */
class LateNodes implements NodeConnections {
  #nodes: NodeConnections | undefined;

  connect(nodes: NodeConnections): void {
    this.#nodes = nodes;
  }

  logs: NodeConnections["logs"] = (...args) => this.#connected().logs(...args);
  exec: NodeConnections["exec"] = (...args) => this.#connected().exec(...args);
  attach: NodeConnections["attach"] = (...args) => this.#connected().attach(...args);
  portForward: NodeConnections["portForward"] = (...args) => this.#connected().portForward(...args);

  #connected(): NodeConnections {
    if (this.#nodes === undefined) throw new Error("the node is not connected yet");
    return this.#nodes;
  }
}

/** Where Services get their addresses, and the two addresses that are spoken for. */
function serviceNetwork({ serviceCidr, apiAddress, dnsAddress }: Networks): Partial<ServiceNetwork> {
  return {
    cidr: serviceCidr,
    reserved: { [apiAddress]: "default/kubernetes", [dnsAddress]: "kube-system/kube-dns" },
    portIsFree,
  };
}
