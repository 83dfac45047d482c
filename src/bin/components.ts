import type { Clock } from "#base/clock.ts";
import type { HttpHandler } from "#base/http.ts";
import type { Log } from "#base/log.ts";
import { MetricRegistry } from "#base/metrics.ts";
import type { Random } from "#base/random.ts";
import { KINDS } from "#api/kinds.ts";
import { KindRegistry } from "#api/registry.ts";
import type { ServiceNetwork } from "#apiserver/allocation/service_allocation.ts";
import { certificateSubject } from "#apiserver/admission/certificate_subject.ts";
import { readSigningRequest } from "#sys/certificate_request.ts";
import { bootstrap, publishAuthorities } from "#apiserver/bootstrap.ts";
import type { CertificateSigner } from "#controllers/certificatesigningrequest.ts";
import { createApiServer, type ApiServer, type ApiServerOptions } from "#apiserver/server.ts";
import type { Client } from "#client/client.ts";
import { createClient } from "#client/http_client.ts";
import { InformerFactory } from "#client/informer.ts";
import type { SchedulerConfiguration } from "#scheduler/configuration_file.ts";
import type { Store } from "#store/store.ts";
import { ComponentHealth } from "./component_health.ts";
import type { Failover } from "./failover.ts";
import { faultyDoor, type Faults } from "./faults.ts";
import { Managers } from "./managers.ts";
import type { Networks } from "./networks.ts";
import { FRONT_PROXY } from "./pki.ts";
import { NodeDirectory } from "./node_directory.ts";

interface ComponentsOptions {
  /** Stays the caller's: `stop` leaves it open. */
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly networks: Networks;
  /** The cluster's authority, for what asks to be certified. */
  readonly signer?: CertificateSigner;
  /** How soon lost nodes are given up; Kubernetes' times by default. */
  readonly failover?: Failover | undefined;
  /** What the API server has beside what every cluster's has. */
  readonly server?: ApiServerOptions;
  /** Freezes what caches hold, so that a component that changes it fails. */
  readonly freezeCaches?: boolean;
  /** Requests are answered before controllers look at what they changed. */
  readonly answersFirst?: boolean;
  /** How pods are placed, where not as by default. */
  readonly scheduling?: SchedulerConfiguration | undefined;
  /** Where things go wrong; asked anew each time. */
  readonly faults?: (() => Faults | undefined) | undefined;
}

interface StartOptions {
  /** Where the API server listens, or would. */
  readonly port: number;
  /** PEM of the authority that signed the API server's certificate. */
  readonly rootCertificate: string;
  /** PEM of the authority of the certificate with which requests are forwarded to aggregated APIs, if they are. */
  readonly frontProxyCertificate?: string;
}

/** How long a process takes that is started anew. */
const RESTART_MS = 1_000;

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
  #managers: Managers | undefined;
  /** Caches of managers that came after the first died; theirs died with them. */
  #newInformers: InformerFactory | undefined;
  #rootCertificate = "";
  #isStopped = false;

  /** The API server answers from now on; nothing else works before `start`. */
  constructor(options: ComponentsOptions) {
    const { store, clock, random, log, networks } = options;
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
        webhooks: async (call) => (await import("#sys/http/post_json.ts")).postJson(call),
        admission: [certificateSubject(readSigningRequest)],
        ...options.server,
        tolerationSeconds: options.failover?.tolerationSeconds,
        nodes,
        services: { ...serviceNetwork(networks), ...options.server?.services },
      },
    });
    this.#health.addTo(this.metrics);
    this.informers = this.#makeInformers();
  }

  /** The API as a component reaches it, faults included. */
  doorOf(component: string): HttpHandler {
    const { faults, clock } = this.#options;
    if (faults === undefined) return this.server.handle;
    return faultyDoor(this.server.handle, { component, faults, clock, crash: () => this.#crash(component) });
  }

  /** The API for a part of this process, which is believed to be `user`. */
  clientFor(user: string): Client {
    return createClient(this.server.handle, user);
  }

  /** Creates what every cluster has and starts controllers and scheduler; resolves when they work. */
  async start({ port, rootCertificate, frontProxyCertificate }: StartOptions): Promise<void> {
    const { networks } = this.#options;
    this.#rootCertificate = rootCertificate;
    await bootstrap(this.server.handle, { address: networks.gateway, port, clusterIp: networks.apiAddress });
    await this.server.registerApiServices();
    if (frontProxyCertificate !== undefined) {
      const authorities = { clients: rootCertificate, frontProxy: frontProxyCertificate, frontProxyName: FRONT_PROXY };
      await publishAuthorities(this.server.handle, authorities);
    }
    this.#health.started("bootstrap-controller");
    await this.#startManagers(this.informers);
  }

  /** Kills controllers and scheduler wherever they are; they come back with empty memories a second later. */
  killManagers(): void {
    this.#managers?.kill();
    this.#managers = undefined;
    void this.#newInformers?.stop();
    this.#newInformers = undefined;
    this.#options.clock.after(
      RESTART_MS,
      () =>
        void this.#restartManagers().catch((error: unknown) => this.#options.log.error("cannot start anew", { error })),
    );
  }

  /** Lets work in hand finish. Requests in hand are answered. */
  async stop(): Promise<void> {
    this.#health.stopped();
    this.#isStopped = true;
    await this.#managers?.stop();
    await this.#newInformers?.stop();
    await this.informers.stop();
    this.server.close();
  }

  #crash(component: string): void {
    const isManager = component === "scheduler" || component.startsWith("controllers/");
    if (isManager && this.#managers !== undefined) this.killManagers();
  }

  async #restartManagers(): Promise<void> {
    if (this.#isStopped || this.#managers !== undefined || this.#newInformers !== undefined) return;
    this.#newInformers = this.#makeInformers();
    await this.#startManagers(this.#newInformers);
  }

  async #startManagers(informers: InformerFactory): Promise<void> {
    const { clock, random, log, failover } = this.#options;
    const { registry } = this;
    const nodeGraceMs = failover?.graceMs;
    const doorOf = (component: string) => this.doorOf(component);
    const rootCertificate = this.#rootCertificate;
    const { signer, scheduling } = this.#options;
    const health = this.#health;
    const wiring = { doorOf, informers, registry, clock, random, log, rootCertificate, signer, scheduling };
    this.#managers = new Managers();
    await this.#managers.start({ ...wiring, nodeGraceMs, health });
  }

  #makeInformers(): InformerFactory {
    const { clock, random, log, freezeCaches: freeze, answersFirst: patient = false } = this.#options;
    const client = createClient(this.doorOf("managers"), "system:apiserver", { shared: true, patient });
    return new InformerFactory({ client, clock, random, log: log.part("informers"), freeze });
  }
}

/** Where Services get their addresses, and the two addresses that are spoken for. */
function serviceNetwork({ serviceCidr, apiAddress, dnsAddress }: Networks): Partial<ServiceNetwork> {
  return {
    cidr: serviceCidr,
    reserved: { [apiAddress]: "default/kubernetes", [dnsAddress]: "kube-system/kube-dns" },
  };
}
