import type { Clock } from "#base/clock.ts";
import type { HttpHandler } from "#base/http.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import type { KindRegistry } from "#api/registry.ts";
import { createClient } from "#client/http_client.ts";
import { InformerFactory } from "#client/informer.ts";
import type { CertificateSigner } from "#controllers/certificatesigningrequest.ts";
import { startControllers } from "#controllers/all.ts";
import type { SchedulerConfiguration } from "#scheduler/configuration_file.ts";
import { startScheduler } from "#scheduler/scheduler.ts";
import { fetchJson } from "#sys/http/fetch_json.ts";
import type { ComponentHealth } from "./component_health.ts";
import { mortal, mortalLog } from "./mortal.ts";

export interface ManagersOptions {
  /** The API as a component of this name reaches it: `controllers/NAME` or `scheduler`. */
  readonly doorOf: (component: string) => HttpHandler;
  /** Their caches, which stay the caller's. */
  readonly informers: InformerFactory;
  readonly registry: KindRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** PEM of the authority that signed the API server's certificate. */
  readonly rootCertificate: string;
  /** The cluster's authority. */
  readonly signer?: CertificateSigner | undefined;
  /** How pods are placed, where not as by default. */
  readonly scheduling?: SchedulerConfiguration | undefined;
  /** How long a node may be silent before it counts as lost. */
  readonly nodeGraceMs?: number | undefined;
  /** Told when they work. */
  readonly health: ComponentHealth;
}

const CONTROLLERS = "system:kube-controller-manager";
const SCHEDULER = "system:kube-scheduler";

/** Controllers and scheduler: all that decides, and may die and begin anew while the API server answers. */
export class Managers {
  readonly #death = new AbortController();
  readonly #stops: (() => void | Promise<void>)[] = [];

  /** Resolves when they work. */
  async start({
    doorOf,
    informers,
    registry,
    clock,
    random,
    log,
    rootCertificate,
    signer,
    scheduling,
    nodeGraceMs,
    health,
  }: ManagersOptions): Promise<void> {
    const { signal } = this.#death;
    const client = (component: string, user: string) =>
      createClient(mortal(doorOf(component), signal), user, { shared: true });
    const shared = { informers, clock, random };
    const controllers = startControllers({
      ...shared,
      clientFor: (name) => client(`controllers/${name}`, CONTROLLERS),
      log: mortalLog(log, "controllers", signal),
      registry,
      rootCertificate,
      signer,
      nodeGraceMs,
    });
    this.#stops.push(() => controllers.stop());
    health.showControllers(() => controllers.metrics());
    health.started("controller-manager");
    const scheduler = { ...shared, client: client("scheduler", SCHEDULER), log: mortalLog(log, "scheduler", signal) };
    this.#stops.push(await startScheduler({ ...scheduler, ...scheduling, postJson: fetchJson }));
    health.started("scheduler");
    // Death does not wait for them to be born.
    if (signal.aborted) await this.stop();
  }

  /** Ends them wherever they are in their work: nothing they still ask for is heard. */
  kill(): void {
    this.#death.abort(new Error("the managers have died"));
    void this.stop();
  }

  /** Lets work in hand finish. */
  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) await stop();
  }
}
