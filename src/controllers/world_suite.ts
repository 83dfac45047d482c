import type { HttpHandler, Peer } from "#base/http.ts";
import { logTo, type Log } from "#base/log.ts";
import { seededRandom, type Random } from "#base/random.ts";
import { VirtualClock } from "#base/virtual_clock.ts";
import { Namespace } from "#api/core/namespace.ts";
import { ServiceAccount } from "#api/core/serviceaccount.ts";
import { KINDS } from "#api/kinds.ts";
import { KindRegistry } from "#api/registry.ts";
import { Pod } from "#api/core/pod.ts";
import type { AnyKind } from "#api/object.ts";
import { formatTime } from "#api/time.ts";
import { isApiError, type Client } from "#client/client.ts";
import type { Controller, RunningController } from "#client/controller.ts";
import { createClient } from "#client/http_client.ts";
import { InformerFactory } from "#client/informer.ts";
import { startController } from "#client/runner.ts";
import { createApiServer } from "#apiserver/server.ts";
import { DEFAULT_RETENTION, keepCompacted } from "#store/compactor.ts";
import { MemoryStore } from "#store/memory_store.ts";

/** How the world's nodes treat a pod. */
export interface Kubelet {
  /** The scheduler's part: on which node the pod comes to stand; undefined for none. Default `node-1`. */
  nodeFor?(pod: Pod): string | undefined;
  /** Milliseconds from being placed to being ready; Infinity for an image that does not exist. */
  readyAfterMs(pod: Pod): number;
  /** Milliseconds from being told to go to being gone. */
  goneAfterMs(pod: Pod): number;
  /** How the pod's work ends, counted from being ready. Default: never. */
  endsWith?(pod: Pod): { readonly afterMs: number; readonly exitCode: number } | undefined;
}

/** Looked at seldom, as some worlds live for years. */
const RETENTION = { ...DEFAULT_RETENTION, everyMs: 3_600_000 };

/** For tests: a cluster of controllers on virtual time, whose pods are acted by a kubelet of no containers. */
export class World {
  readonly clock = new VirtualClock();
  readonly random: Random;
  readonly registry = new KindRegistry(KINDS);
  readonly client: Client;
  readonly #handle: HttpHandler;
  readonly informers: InformerFactory;
  kubelet: Kubelet = { readyAfterMs: () => 1_000, goneAfterMs: () => 2_000 };
  /** Everything logged as a warning or worse; a story that goes well has none. */
  readonly complaints: string[] = [];
  readonly log: Log = logTo((level, part, message, { error }) => {
    if (level !== "debug" && level !== "info") this.complaints.push(`${part}: ${message}: ${String(error)}`);
  });
  readonly running: RunningController[] = [];
  #addresses = 2;
  readonly #stopCompaction: () => void;
  readonly #known = new Set<string>();
  readonly #leaving = new Set<string>();

  /** A world with the namespaces every cluster has. */
  static async create(seed = 1): Promise<World> {
    const world = new World(seed);
    for (const name of ["default", "kube-system", "kube-node-lease"]) {
      await world.client.create(Namespace, { metadata: { name } });
      await world.client.create(ServiceAccount, { metadata: { name: "default", namespace: name } });
    }
    return world;
  }

  private constructor(seed: number) {
    const { clock, registry, log } = this;
    const random = seededRandom(seed);
    this.random = random;
    const store = new MemoryStore();
    const server = createApiServer({ store, registry, clock, random, log });
    this.#stopCompaction = keepCompacted(store, clock, log, RETENTION);
    this.#handle = server.handle;
    this.client = createClient(server.handle, "admin");
    this.informers = new InformerFactory({ client: this.client, clock, random, log: this.log, freeze: true });
    this.informers.informer(Pod).subscribe({
      add: (pod) => this.#act(pod),
      update: (pod) => this.#act(pod),
    });
  }

  /** The API for somebody elsewhere who shows a certificate. */
  asCertified(certificate: () => NonNullable<Peer["certificate"]>): HttpHandler {
    return (request) => this.#handle({ ...request, peer: { certificate: certificate(), address: "10.0.0.1" } });
  }

  start(...controllers: readonly Controller[]): void {
    const { client, informers, clock } = this;
    const environment = { client, informers, clock, random: this.random, log: this.log };
    for (const each of controllers) this.running.push(startController(each, environment));
  }

  async stop(): Promise<void> {
    await this.informers.stop();
    await Promise.all(this.running.map((each) => each.stop()));
    this.#stopCompaction();
    if (this.complaints.length > 0) throw new Error(this.complaints.join("\n"));
  }

  /** Lets time pass in steps, calling `check` after each: what must hold must hold at all times. */
  async run(forMs: number, check: () => void | Promise<void> = () => {}, stepMs = 100): Promise<void> {
    for (let passed = 0; passed < forMs; passed += stepMs) {
      await this.clock.advance(stepMs);
      await check();
    }
  }

  async pods(): Promise<readonly Pod[]> {
    return (await this.client.list(Pod)).items;
  }

  #act(pod: Pod): void {
    const { uid } = pod.metadata;
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (this.#leaving.has(uid)) return;
      this.#leaving.add(uid);
      this.clock.after(this.kubelet.goneAfterMs(pod), () => void this.#end(pod));
    } else if (!this.#known.has(uid)) {
      this.#known.add(uid);
      void this.#place(pod);
    }
  }

  async #place(pod: Pod): Promise<void> {
    if (!pod.spec.nodeName) {
      const name = this.kubelet.nodeFor ? this.kubelet.nodeFor(pod) : "node-1";
      if (name === undefined) return;
      const target = { apiVersion: "v1", kind: "Node", name };
      const binding = { apiVersion: "v1", kind: "Binding", metadata: { name: pod.metadata.name }, target };
      await this.client.createSubresource(Pod, pod.metadata, "binding", binding);
    }
    await this.#setReady(pod, false);
    const readyAfterMs = this.kubelet.readyAfterMs(pod);
    if (!Number.isFinite(readyAfterMs)) return;
    this.clock.after(readyAfterMs, () => void this.#setReady(pod, true));
    const end = this.kubelet.endsWith?.(pod);
    if (end) this.clock.after(readyAfterMs + end.afterMs, () => void this.#finish(pod, end.exitCode));
  }

  async #finish(pod: Pod, exitCode: number): Promise<void> {
    const finishedAt = formatTime(this.clock.now());
    const name = pod.spec.containers[0]?.name ?? "";
    const terminated = { exitCode, finishedAt, startedAt: finishedAt };
    const containerStatuses = [{ name, image: "", imageID: "", ready: false, restartCount: 0, state: { terminated } }];
    const conditions = [{ type: "Ready", status: "False", lastTransitionTime: finishedAt }];
    const body = { status: { phase: exitCode === 0 ? "Succeeded" : "Failed", conditions, containerStatuses } };
    await this.#unlessGone(this.client.patch(Pod, pod.metadata, { type: "merge", body }, { subresource: "status" }));
  }

  async #setReady(pod: Pod, isReady: boolean): Promise<void> {
    const lastTransitionTime = formatTime(this.clock.now());
    const conditions = [{ type: "Ready", status: isReady ? "True" : "False", lastTransitionTime }];
    const podIP = `10.244.0.${this.#addresses++}`;
    const body = { status: { phase: isReady ? "Running" : "Pending", conditions, ...(!isReady && { podIP }) } };
    await this.#unlessGone(this.client.patch(Pod, pod.metadata, { type: "merge", body }, { subresource: "status" }));
  }

  async #end(pod: Pod): Promise<void> {
    await this.#unlessGone(this.client.delete(Pod, pod.metadata, { gracePeriodSeconds: 0 }));
  }

  async #unlessGone(write: Promise<unknown>): Promise<void> {
    try {
      await write;
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
    }
  }
}

/** Messages of the events written so far, in order, each as often as it was counted. */
export async function eventsOf(world: World, eventKind: AnyKind): Promise<string[]> {
  const { items } = await world.client.list(eventKind);
  return (items as { reason?: string; message?: string }[]).map((event) => `${event.reason}: ${event.message}`);
}
