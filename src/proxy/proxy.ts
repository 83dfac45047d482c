import type { Clock } from "#base/clock.ts";
import type { Log } from "#base/log.ts";
import { Node } from "#api/core/node.ts";
import { zoneLabel } from "#api/core/node_zone.ts";
import { Pod } from "#api/core/pod.ts";
import { Service } from "#api/core/service.ts";
import { EndpointSlice } from "#api/discovery/endpointslice.ts";
import type { InformerFactory } from "#client/informer.ts";
import { hasHostPorts, hostPortsOf } from "./host_ports.ts";
import { elementsOf, type Elements } from "./nft_elements.ts";
import { deltaScript, fullScript, type TableOptions } from "./nft_script.ts";
import { serviceTable, type ServiceTable } from "./service_table.ts";

/** Hands a script to the packet filter: all of it, or a rejection and none of it. */
export type ApplyScript = (script: string) => Promise<void>;

/** Forgets the connection tracker's UDP flows to these endpoints, which would go on for as long as packets come. */
export type ForgetFlows = (endpoints: readonly { readonly address: string; readonly port: number }[]) => Promise<void>;

export interface ProxyOptions extends TableOptions {
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodeName: string;
  readonly apply: ApplyScript;
  readonly forgetFlows: ForgetFlows;
}

/** After a script was refused, everything is sent anew after this long. */
const RETRY_MS = 1_000;

/** Most Services have fewer endpoints than this; for more the table is made anew with twice as many chains. */
const COUNT_MAX_AT_FIRST = 16;

interface Applied {
  readonly elements: Elements;
  /** Ports of up to this many endpoints have their chains. */
  readonly countMax: number;
  readonly table: ServiceTable;
}

/** Keeps the node's packet filter in step with Services, their endpoints and the pods' `hostPort`s, and knows what it has applied. */
export class ServiceProxy {
  readonly #options: ProxyOptions;
  readonly #unsubscribe: (() => void)[] = [];
  #applied: Applied | undefined;
  #dirty = false;
  #working = false;
  #stopped = false;
  /** The node's zone as the last table has it. */
  #appliedZone: string | undefined;
  #waiters: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];
  /** The slices as they were when the applied table was made. */
  #shown: readonly EndpointSlice[] = [];

  constructor(options: ProxyOptions) {
    this.#options = options;
  }

  /** Resolves once the first table stands. */
  async start(): Promise<void> {
    const services = this.#options.informers.informer(Service);
    const slices = this.#options.informers.informer(EndpointSlice);
    const pods = this.#options.informers.informer(Pod);
    const nodes = this.#options.informers.informer(Node);
    await Promise.all([services.synced, slices.synced, pods.synced, nodes.synced]);
    const changed = () => this.#changed();
    const handlers = { add: changed, update: changed, delete: changed };
    this.#unsubscribe.push(services.subscribe(handlers), slices.subscribe(handlers));
    const { nodeName } = this.#options;
    const podChanged = (pod: Pod) => {
      if (hasHostPorts(pod, nodeName)) this.#changed();
    };
    this.#unsubscribe.push(
      pods.subscribe({ add: podChanged, update: (_before, after) => podChanged(after), delete: podChanged }),
    );
    const nodeChanged = () => {
      if (this.#zone() !== this.#appliedZone) this.#changed();
    };
    this.#unsubscribe.push(nodes.subscribe({ add: nodeChanged, update: nodeChanged, delete: nodeChanged }));
    this.#changed();
    await new Promise<void>((resolve) => this.#when(() => this.#applied !== undefined, resolve));
  }

  stop(): void {
    this.#stopped = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  /**
   * Resolves when no new connection can reach the pod through a Service any more: every slice that names it says
   * terminating, and the packet filter has that state. Part of the drain barrier.
   */
  drained(podUid: string): Promise<void> {
    const gone = () =>
      this.#shown.every((slice) =>
        (slice.endpoints ?? []).every(
          (endpoint) => endpoint.targetRef?.uid !== podUid || endpoint.conditions.terminating === true,
        ),
      );
    return new Promise((resolve) => this.#when(gone, resolve));
  }

  /** The node's zone by its labels; the Node may not be there yet. */
  #zone(): string | undefined {
    const { informers, nodeName } = this.#options;
    return zoneLabel(informers.informer(Node).cache.get({ name: nodeName }));
  }

  #when(holds: () => boolean, resolve: () => void): void {
    if (this.#applied !== undefined && !this.#dirty && !this.#working && holds()) resolve();
    else this.#waiters.push({ holds, resolve });
  }

  /** Changes of one turn of the event loop make one transaction. */
  #changed(): void {
    this.#dirty = true;
    if (this.#working || this.#stopped) return;
    this.#working = true;
    queueMicrotask(() => void this.#work());
  }

  async #work(): Promise<void> {
    while (this.#dirty && !this.#stopped) {
      this.#dirty = false;
      try {
        await this.#applyOnce();
      } catch (error) {
        this.#options.log.error("the packet filter refused the service table", { error });
        // Nothing is known of what stands there now: the next script starts from nothing.
        this.#applied = undefined;
        this.#options.clock.after(RETRY_MS, () => this.#changed());
        break;
      }
      const met = this.#waiters.filter(({ holds }) => holds());
      this.#waiters = this.#waiters.filter((waiter) => !met.includes(waiter));
      for (const { resolve } of met) resolve();
    }
    this.#working = false;
    if (this.#dirty && !this.#stopped && this.#applied !== undefined) this.#changed();
  }

  async #applyOnce(): Promise<void> {
    const { informers, nodeName, apply, forgetFlows } = this.#options;
    const slices = informers.informer(EndpointSlice).cache.list();
    const zone = this.#zone();
    this.#appliedZone = zone;
    const services = serviceTable(informers.informer(Service).cache.list(), slices, { nodeName, zone });
    const table = { ports: [...services.ports, ...hostPortsOf(informers.informer(Pod).cache.list(), nodeName)] };
    const next = elementsOf(table);
    const before = this.#applied;
    let countMax = before?.countMax ?? COUNT_MAX_AT_FIRST;
    let script = before ? deltaScript(this.#options.table, before.elements, next.elements) : undefined;
    if (script === undefined || next.countMax > countMax) {
      while (countMax < next.countMax) countMax *= 2;
      script = fullScript(this.#options, next.elements, countMax);
    }
    if (script !== "") await apply(script);
    this.#applied = { elements: next.elements, countMax, table };
    this.#shown = slices;
    if (before) await forgetFlows(lostUdpBackends(before.table, table));
  }
}

/** UDP endpoints that were served before and are not any more. */
function lostUdpBackends(
  before: ServiceTable,
  after: ServiceTable,
): { readonly address: string; readonly port: number }[] {
  const udp = (table: ServiceTable) =>
    table.ports.filter((port) => port.protocol === "udp").flatMap((port) => port.backends);
  const kept = new Set(udp(after).map((backend) => `${backend.address}:${backend.port}`));
  return udp(before).filter((backend) => !kept.has(`${backend.address}:${backend.port}`));
}
