import type { Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { MetricRegistry } from "#base/metrics.ts";
import type { Random } from "#base/random.ts";
import { KINDS } from "#api/kinds.ts";
import { KindRegistry } from "#api/registry.ts";
import type { ServiceNetwork } from "#apiserver/allocation/service_allocation.ts";
import { bootstrap } from "#apiserver/bootstrap.ts";
import { createApiServer, type ApiServer, type ApiServerOptions } from "#apiserver/server.ts";
import type { Client } from "#client/client.ts";
import { createClient } from "#client/http_client.ts";
import { InformerFactory } from "#client/informer.ts";
import { startControllers } from "#controllers/all.ts";
import { startScheduler } from "#scheduler/scheduler.ts";
import type { Store } from "#store/store.ts";
import { ComponentHealth } from "./component_health.ts";
import type { Networks } from "./networks.ts";
import { NodeDirectory } from "./node_directory.ts";

interface ComponentsOptions {
  /** Stays the caller's: `stop` leaves it open. */
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly networks: Networks;
  /** What the API server has beside what every cluster's has. */
  readonly server?: ApiServerOptions;
  /** Freezes what caches hold, so that a component that changes it fails. */
  readonly freezeCaches?: boolean;
}

interface StartOptions {
  /** Where the API server listens, or would. */
  readonly port: number;
  /** PEM of the authority that signed the API server's certificate. */
  readonly rootCertificate: string;
}

/** A control plane without its doors: API server, controllers and scheduler over a store, a clock and a random. */
export class Components {
  readonly registry = new KindRegistry(KINDS);
  readonly server: ApiServer;
  /** What `/metrics` shows. */
  readonly metrics = new MetricRegistry();
  readonly #health = new ComponentHealth();
  /** Where logs and sessions of containers go. */
  readonly nodes = new NodeDirectory();
  /** One set of caches for every component of this process. */
  readonly informers: InformerFactory;
  readonly #options: ComponentsOptions;
  readonly #stops: (() => void | Promise<void>)[] = [];

  /** The API server answers from now on; nothing else works before `start`. */
  constructor(options: ComponentsOptions) {
    const { store, clock, random, log, networks, freezeCaches: freeze } = options;
    const { registry, nodes } = this;
    this.#options = options;
    this.server = createApiServer({
      store,
      registry,
      clock,
      random,
      log: log.part("apiserver"),
      options: {
        readiness: this.#health.readiness,
        components: this.#health.components,
        metrics: this.metrics,
        ...options.server,
        nodes,
        services: { ...serviceNetwork(networks), ...options.server?.services },
      },
    });
    this.#health.addTo(this.metrics);
    const client = this.clientFor("system:apiserver");
    this.informers = new InformerFactory({ client, clock, random, log: log.part("informers"), freeze });
  }

  /** The API for a part of this process, which is believed to be `user`. */
  clientFor(user: string): Client {
    return createClient(this.server.handle, user);
  }

  /** Creates what every cluster has and starts controllers and scheduler; resolves when they work. */
  async start({ port, rootCertificate }: StartOptions): Promise<void> {
    const { informers, registry } = this;
    const { clock, random, log, networks } = this.#options;
    await bootstrap(this.server.handle, { address: networks.gateway, port, clusterIp: networks.apiAddress });
    this.#health.started("bootstrap-controller");
    const environment = (user: string, part: string) => ({
      client: this.clientFor(user),
      informers,
      clock,
      random,
      log: log.part(part),
    });
    const managed = environment("system:kube-controller-manager", "controllers");
    const controllers = startControllers({ ...managed, registry, rootCertificate });
    this.#stops.push(() => controllers.stop());
    this.#health.showControllers(() => controllers.metrics());
    this.#health.started("controller-manager");
    this.#stops.push(await startScheduler(environment("system:kube-scheduler", "scheduler")));
    this.#health.started("scheduler");
  }

  /** Lets work in hand finish. Requests in hand are answered. */
  async stop(): Promise<void> {
    this.#health.stopped();
    for (const stop of this.#stops.splice(0)) await stop();
    await this.informers.stop();
    this.server.close();
  }
}

/** Where Services get their addresses, and the two addresses that are spoken for. */
function serviceNetwork({ serviceCidr, apiAddress, dnsAddress }: Networks): Partial<ServiceNetwork> {
  return {
    cidr: serviceCidr,
    reserved: { [apiAddress]: "default/kubernetes", [dnsAddress]: "kube-system/kube-dns" },
  };
}
