import { sleep, type Clock, type Timer } from "#base/clock.ts";
import type { Limiter } from "#base/limiter.ts";
import type { Log } from "#base/log.ts";
import type { Random } from "#base/random.ts";
import { Node } from "#api/core/node.ts";
import { readyStatus } from "#api/core/node_ready.ts";
import type { Pod } from "#api/core/pod.ts";
import type { NodeUsage } from "#api/metrics/node_usage.ts";
import { isApiError, type Client } from "#client/client.ts";
import { Heartbeat } from "./heartbeat.ts";
import { evictionMessage, labelsOf, nodeStatusOf, type SimulatedMachine } from "./node_report.ts";
import { usageOf } from "./usage.ts";
import { nodeStagesFor, podStagesFor } from "./selection.ts";
import { SimulatedPod, type PodHost } from "./simulated_pod.ts";
import type { NodeShow, NodeStages, StageBook } from "./stages.ts";

export interface FleetNodeOptions {
  readonly machine: SimulatedMachine;
  /** The first three numbers of its pods' addresses. */
  readonly podNetwork: string;
  readonly client: Client;
  /** All nodes' pods share it. */
  readonly writes: Limiter;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly stages: StageBook;
  /** How often the lease is renewed, milliseconds. */
  readonly heartbeatMs: number;
  /** The node as this process last heard of it. */
  readonly known: () => Node | undefined;
}

/** kubelet writes its status so often though nothing changed. */
const REPORT_MS = 300_000;
const RETRY_MS = 1_000;

/** A simulated node: a name in the API, a heartbeat, and pods that live by their stages. */
export class FleetNode implements PodHost {
  readonly client: Client;
  readonly writes: Limiter;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly #options: FleetNodeOptions;
  readonly #heartbeat: Heartbeat;
  readonly #pods = new Map<string, SimulatedPod>();
  /** Pods asked for while the machine was off or out of reach, as the API has them. */
  readonly #unheard = new Map<string, Pod | undefined>();
  readonly #addresses = new Set<number>();
  #node: Node | undefined;
  #conditions: Readonly<Record<string, string>> = {};
  #stages: NodeStages | undefined;
  #reportedMs = -Infinity;
  #beats: Timer | undefined;
  #next: Timer | undefined;
  #isUp = false;
  #isConnected = true;

  constructor(options: FleetNodeOptions) {
    this.#options = options;
    this.client = options.client;
    this.writes = options.writes;
    this.clock = options.clock;
    this.random = options.random;
    this.log = options.log;
    this.#heartbeat = new Heartbeat(options.client, options.clock, this.name);
  }

  get name(): string {
    return this.#options.machine.name;
  }

  get nodeIp(): string {
    return this.#options.machine.address;
  }

  get isRunning(): boolean {
    return this.#isUp;
  }

  /** What runs on the machine now, whether or not the API hears of it. */
  get runningPods(): readonly Pod[] {
    return Array.from(this.#pods.values(), (pod) => (pod.isRunning ? pod.object : undefined)).filter(
      (pod) => pod !== undefined,
    );
  }

  /** What its pods use, as their annotations say. */
  usage(): NodeUsage {
    return usageOf(this.runningPods, this.clock.now());
  }

  get isHeard(): boolean {
    return this.#isUp && this.#isConnected;
  }

  /** Turns the machine on; resolves when the API knows it. What it ran before is started anew. */
  async start(): Promise<void> {
    if (this.#isUp) return;
    this.#isUp = true;
    while (this.isHeard && !(await this.#hasReported())) await sleep(this.clock, RETRY_MS);
    this.#catchUp();
    for (const pod of this.#pods.values()) pod.restart();
    this.#beats = this.clock.after(this.random.below(this.#options.heartbeatMs), () => void this.#beat());
  }

  /** Cuts the power: the API hears nothing, and what ran is lost. */
  kill(): void {
    this.#isUp = false;
    this.#beats?.cancel();
    this.#next?.cancel();
    this.#stages = undefined;
    this.#conditions = {};
    for (const pod of this.#pods.values()) pod.halt();
  }

  /** Cuts the network: pods run on, but neither hears the machine of the API nor the API of it. */
  partition(): void {
    this.#isConnected = false;
  }

  /** Mends the network. */
  async heal(): Promise<void> {
    if (this.#isConnected) return;
    this.#isConnected = true;
    if (!this.#isUp) return;
    await this.#beat();
    this.#catchUp();
    for (const pod of this.#pods.values()) pod.retell();
  }

  /** Leaves everything as it is and does no more. */
  stop(): void {
    this.#isConnected = false;
    this.kill();
  }

  /** The API has `pod` on this node. */
  saw(pod: Pod): void {
    if (!this.isHeard) this.#unheard.set(pod.metadata.uid, pod);
    else this.#take(pod);
  }

  /** The API no longer has the pod. */
  missed(uid: string): void {
    if (!this.isHeard) this.#unheard.set(uid, undefined);
    else this.#drop(uid);
  }

  takeAddress(): string | undefined {
    for (let host = 2; host < 255; host++) {
      if (this.#addresses.has(host)) continue;
      this.#addresses.add(host);
      return `${this.#options.podNetwork}.${host}`;
    }
    return undefined;
  }

  freeAddress(address: string): void {
    this.#addresses.delete(Number(address.slice(address.lastIndexOf(".") + 1)));
  }

  #take(pod: Pod): void {
    const known = this.#pods.get(pod.metadata.uid);
    if (known) known.update(pod);
    else this.#pods.set(pod.metadata.uid, this.#adopt(pod));
  }

  #adopt(pod: Pod): SimulatedPod {
    const { podNetwork, stages } = this.#options;
    const { podIP } = pod.status;
    if (podIP?.startsWith(`${podNetwork}.`)) this.#addresses.add(Number(podIP.slice(podNetwork.length + 1)));
    return new SimulatedPod(this, podStagesFor(pod, stages), pod);
  }

  #drop(uid: string): void {
    this.#pods.get(uid)?.end();
    this.#pods.delete(uid);
  }

  /** Learns what the API wanted meanwhile. */
  #catchUp(): void {
    const unheard = [...this.#unheard];
    this.#unheard.clear();
    for (const [uid, pod] of unheard) {
      if (pod === undefined) this.#drop(uid);
      else this.#take(pod);
    }
  }

  async #beat(): Promise<void> {
    this.#beats?.cancel();
    let nextMs = this.#options.heartbeatMs;
    try {
      if (this.isHeard) await this.#sign();
    } catch (error) {
      this.log.debug(`cannot report node ${this.name}`, { error });
      nextMs = RETRY_MS;
    }
    if (this.#isUp) this.#beats = this.clock.after(nextMs, () => void this.#beat());
  }

  async #sign(): Promise<void> {
    const known = this.#options.known();
    const ready = known && readyStatus(known);
    if (ready !== "True" || this.clock.monotonic() - this.#reportedMs >= REPORT_MS) await this.#report();
    if (known) this.#live(known);
    await this.#heartbeat.beat(this.#node?.metadata.uid ?? "");
  }

  async #hasReported(): Promise<boolean> {
    try {
      await this.#report();
      return true;
    } catch (error) {
      this.log.debug(`cannot register node ${this.name}`, { error });
      return false;
    }
  }

  /** Writes the node's status, and the node itself if it is missing. */
  async #report(): Promise<void> {
    const { machine } = this.#options;
    const known = await this.#find();
    const status = nodeStatusOf(machine, this.#conditions, known?.status, this.clock.now());
    const { name } = machine;
    this.#node = known
      ? await this.client.updateStatus(Node, { ...known, status })
      : await this.client.create(Node, { metadata: { name, labels: labelsOf(name) }, spec: {}, status });
    this.#reportedMs = this.clock.monotonic();
    this.#live(this.#node);
  }

  /** Begins the node's life by stages, once some select it. */
  #live(node: Node): void {
    if (this.#stages !== undefined) return;
    this.#stages = nodeStagesFor(node, this.#options.stages);
    this.#await("registered");
  }

  async #find(): Promise<Node | undefined> {
    try {
      return await this.client.get(Node, { name: this.name });
    } catch (error) {
      if (isApiError(error, "NotFound")) return undefined;
      throw error;
    }
  }

  #await(state: string): void {
    const stage = this.#stages?.stages.find(({ from }) => from === state);
    if (stage === undefined || typeof stage.after === "string") return;
    const { minMs, maxMs } = stage.after;
    const delayMs = minMs + (maxMs > minMs ? this.random.below(Math.round(maxMs - minMs) + 1) : 0);
    this.#next = this.clock.after(delayMs, () => {
      this.#show(stage.show);
      this.#await(stage.to);
    });
  }

  #show({ conditions, evicts = 0 }: NodeShow): void {
    this.#conditions = { ...this.#conditions, ...conditions };
    // A report that fails is repeated by the next beat.
    this.#reportedMs = -Infinity;
    void this.#beat();
    const pressure = Object.keys(conditions).find((type) => conditions[type] === "True");
    if (pressure === undefined) return;
    const running = [...this.#pods.values()].filter((pod) => pod.isRunning);
    const ranked = running.toSorted((a, b) => rank(a.object) - rank(b.object));
    for (const pod of ranked.slice(0, evicts)) pod.evict(evictionMessage(pressure));
  }
}

/** The lower, the sooner it is evicted. */
function rank({ spec }: Pod): number {
  return spec.priority ?? 0;
}
