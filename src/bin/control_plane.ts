import { realClock } from "#base/clock.ts";
import type { HttpHandler } from "#base/http.ts";
import type { Log } from "#base/log.ts";
import type { ClusterPaths } from "#cli/paths.ts";
import type { InformerFactory } from "#client/informer.ts";
import { parseSchedulerConfiguration, type SchedulerConfiguration } from "#scheduler/configuration_file.ts";
import { keepCompacted } from "#store/compactor.ts";
import { SqliteStore } from "#store/sqlite_store.ts";
import { optimizeSoon } from "#sys/engine.ts";
import { listen, type Listener, type ListenerTls } from "#sys/http/listener.ts";
import { nodeFiles } from "#sys/files.ts";
import { serviceClient } from "#sys/http/service_client.ts";
import { portIsFree } from "#sys/port.ts";
import { addProcessMetrics } from "#sys/process_metrics.ts";
import { openTokenKey } from "#sys/json_web_token.ts";
import { systemRandom } from "#sys/random.ts";
import { ensureDnsService } from "./bootstrap.ts";
import { Components } from "./components.ts";
import { explainTexts } from "./explain_texts.ts";
import type { Failover } from "./failover.ts";
import type { Networks } from "./networks.ts";
import type { NodeDirectory } from "./node_directory.ts";
import { endServing } from "./orderly_end.ts";
import { signerOf, type Pki } from "./pki.ts";

interface ControlPlaneOptions {
  readonly paths: ClusterPaths;
  readonly port: number;
  readonly pki: Pki;
  readonly networks: Networks;
  /** The addresses that the cluster gave a node; none when not told. */
  readonly addressesOf?: (nodeName: string) => readonly string[];
  readonly failover?: Failover | undefined;
  readonly log: Log;
}

export interface ControlPlane {
  readonly handle: HttpHandler;
  /** One set of caches for every component of this process. */
  readonly informers: InformerFactory;
  /** Where logs and sessions of containers go. */
  readonly nodes: NodeDirectory;
  /** Serves the API at the pods' gateway too, once that address exists. */
  listenAtGateway(): Promise<void>;
  /** Shows these certificates from now on, to clients and to aggregated servers. What is open goes on. */
  renew(pki: Pki): void;
  /** Controllers and scheduler; resolves when they work. */
  startComponents(): Promise<void>;
  stop(): Promise<void>;
}

/** Requests after which a server is one that is used: fewer than what V8 waits for before it compiles what serves them. */
const BUSY_REQUESTS = 200;

/** Starts the API server over the store on disk. It answers when this resolves. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { paths, port, pki, networks, addressesOf, log } = options;
  const store = await SqliteStore.open(paths.store);
  const stopCompacting = keepCompacted(store, realClock, log.part("store"));
  let own = pki;
  const serviceDoor = serviceClient(() => own.frontProxy);
  const components = new Components({
    answersFirst: true,
    store,
    clock: realClock,
    random: systemRandom,
    log,
    networks,
    failover: options.failover,
    signer: signerOf(() => pki.ca, addressesOf),
    scheduling: await schedulingIn(paths),
    server: {
      descriptions: explainTexts(),
      services: { portIsFree },
      serviceDoor,
      tokenKey: openTokenKey(pki.serviceAccountKey),
    },
  });
  const { server, informers, nodes } = components;
  addProcessMetrics(components.metrics);
  const listeners: Listener[] = [];
  const handler = onceBusy(server.handle, optimizeSoon);
  const listenAt = async (host: string) => {
    listeners.push(await listen({ port, host, tls: tlsOf(own), handler, upgrade: server.upgrade }));
  };
  await listenAt("127.0.0.1");
  return {
    handle: server.handle,
    informers,
    nodes,
    listenAtGateway: () => listenAt(networks.gateway),
    renew(renewed) {
      own = renewed;
      for (const listener of listeners) listener.replaceTls(tlsOf(own));
    },
    async startComponents() {
      await components.start({
        port,
        rootCertificate: pki.ca.cert,
        frontProxyCertificate: pki.frontProxyCa.cert,
      });
      await ensureDnsService(components.clientFor("system:apiserver"), networks);
    },
    async stop() {
      await endServing(server, listeners, realClock);
      await components.stop();
      serviceDoor.close();
      stopCompacting();
      await store.close();
    },
  };
}

/** Calls `run` when so much was asked from outside: an idle cluster needs memory more than speed. */
function onceBusy(handle: HttpHandler, run: () => void): HttpHandler {
  let left = BUSY_REQUESTS;
  return (request) => {
    if (--left === 0) run();
    return handle(request);
  };
}

function tlsOf({ server, ca }: Pki): ListenerTls {
  return { key: server.key, cert: server.cert, clientCa: ca.cert };
}

/** `scheduler.yaml` in the data directory, a KubeSchedulerConfiguration, says how pods are placed. */
async function schedulingIn({ data }: ClusterPaths): Promise<SchedulerConfiguration | undefined> {
  const path = `${data}/scheduler.yaml`;
  if (!(await nodeFiles.exists(path))) return undefined;
  return parseSchedulerConfiguration(await nodeFiles.readText(path));
}
