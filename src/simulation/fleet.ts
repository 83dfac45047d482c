import type { Clock } from "#base/clock.ts";
import { Limiter } from "#base/limiter.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import { Node } from "#api/core/node.ts";
import { Pod } from "#api/core/pod.ts";
import type { Client } from "#client/client.ts";
import type { InformerFactory } from "#client/informer.ts";
import { FleetNode } from "./fleet_node.ts";
import type { StageBook } from "./stages.ts";

export interface FleetOptions {
  /** How many nodes: `simulated-1`, `simulated-2`, … */
  readonly count: number;
  /** The API as the user `system:node:NAME`. */
  readonly clientFor: (user: string) => Client;
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly stages?: StageBook;
  /** How often each node renews its lease, milliseconds; kubelet's 10 s by default. */
  readonly heartbeatMs?: number;
  /** Capacity of each; 4 cores, 16 GiB and 110 pods by default. */
  readonly capacity?: Readonly<Record<string, string>>;
}

const NO_STAGES: StageBook = { pods: [], nodes: [] };
const CAPACITY = { cpu: "4", "ephemeral-storage": "64Gi", memory: "16Gi", pods: "110" };
/** Nodes registered at a time: thousands at once would keep everybody else waiting. */
const REGISTERED_AT_A_TIME = 50;
/** Pods whose state is written at a time: ten thousand that start in the same second wait for each other. */
const TOLD_AT_A_TIME = 64;

/** Nodes without machines: their pods live by stages. One cache of pods serves them all, so thousands are cheap. */
export class Fleet {
  readonly nodes: readonly FleetNode[];
  readonly #byName: ReadonlyMap<string, FleetNode>;
  readonly #options: FleetOptions;
  #unsubscribe: (() => void) | undefined;

  constructor(options: FleetOptions) {
    const { clientFor, informers, clock, random, log, stages = NO_STAGES, capacity = CAPACITY } = options;
    this.#options = options;
    const nodes = informers.informer(Node).cache;
    const writes = new Limiter(TOLD_AT_A_TIME);
    this.nodes = Array.from({ length: options.count }, (_, at) => {
      const name = `simulated-${at + 1}`;
      return new FleetNode({
        machine: { name, address: addressOf(at + 1), capacity },
        podNetwork: podNetworkOf(at + 1),
        client: clientFor(`system:node:${name}`),
        known: () => nodes.get({ name }),
        writes,
        clock,
        random,
        log,
        stages,
        heartbeatMs: options.heartbeatMs ?? 10_000,
      });
    });
    this.#byName = new Map(this.nodes.map((node) => [node.name, node]));
  }

  /** Turns all machines on; resolves when the API knows them. */
  async start(): Promise<void> {
    const pods = this.#options.informers.informer(Pod);
    await pods.synced;
    this.#unsubscribe = pods.subscribe({
      add: (pod) => this.#nodeOf(pod)?.saw(pod),
      update: (pod) => this.#nodeOf(pod)?.saw(pod),
      delete: (pod) => this.#nodeOf(pod)?.missed(pod.metadata.uid),
    });
    for (let at = 0; at < this.nodes.length; at += REGISTERED_AT_A_TIME) {
      await Promise.all(this.nodes.slice(at, at + REGISTERED_AT_A_TIME).map((node) => node.start()));
    }
  }

  stop(): void {
    this.#unsubscribe?.();
    for (const node of this.nodes) node.stop();
  }

  #nodeOf({ spec }: Pod): FleetNode | undefined {
    return spec.nodeName === undefined ? undefined : this.#byName.get(spec.nodeName);
  }
}

/** A /24 of the addresses set aside for carriers (RFC 6598): room for 16,384 nodes, and out of everybody's way. */
function podNetworkOf(number: number): string {
  return `100.${64 + Math.floor(number / 256)}.${number % 256}`;
}

function addressOf(number: number): string {
  return `198.${18 + Math.floor(number / 65_536)}.${Math.floor(number / 256) % 256}.${number % 256}`;
}
