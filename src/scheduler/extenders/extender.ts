import type { Log } from "#base/log.ts";
import type { Refusal } from "../framework.ts";
import type { NodeInfo } from "../nodes/node_info.ts";
import type { PodInfo } from "../nodes/pod_info.ts";
import type { Victims } from "../preemption/victims.ts";
import { filterResult, messageIn, scoresIn, victimsIn } from "./wire.ts";

/** A web server that has a say in placing pods (KubeSchedulerConfiguration `extenders`). */
export interface ExtenderSettings {
  readonly urlPrefix: string;
  readonly filterVerb?: string | undefined;
  readonly prioritizeVerb?: string | undefined;
  readonly preemptVerb?: string | undefined;
  readonly bindVerb?: string | undefined;
  /** What its scores are multiplied by. */
  readonly weight?: number | undefined;
  /** Milliseconds to wait for an answer; 5,000 by default. */
  readonly timeoutMs?: number | undefined;
  /** It knows the nodes: it is sent their names only. */
  readonly nodeCacheCapable?: boolean | undefined;
  /** It is asked only about pods that ask for one of these; without any, about all. */
  readonly managedResources?: readonly ManagedResource[] | undefined;
  /** Pods are placed without it when it fails. */
  readonly ignorable?: boolean | undefined;
}

interface ManagedResource {
  readonly name: string;
  /** The scheduler leaves it to the extender whether there is enough of it. */
  readonly ignoredByScheduler?: boolean | undefined;
}

/** Sends JSON and gives what is answered. Rejects when the server cannot be reached, is late, or does not say 200. */
export type PostJson = (url: string, body: unknown, timeoutMs: number) => Promise<unknown>;

const TIMEOUT_MS = 5_000;
/** Extenders rate up to 10, plugins up to 100. */
const SCORE_FACTOR = 10;

/** What is left after an extender was asked. */
export interface Filtered {
  readonly feasible: readonly NodeInfo[];
  readonly refused: ReadonlyMap<NodeInfo, Refusal>;
}

/** The extender could not be asked, or said that it failed; `message` names it. */
export class ExtenderError extends Error {
  override readonly name = "ExtenderError";
}

/** One extender. Every method rejects with ExtenderError, or acts as if it was not there when it may be ignored. */
export class Extender {
  readonly settings: ExtenderSettings;
  readonly #post: PostJson;
  readonly #log: Log;

  constructor(settings: ExtenderSettings, post: PostJson, log: Log) {
    this.settings = settings;
    this.#post = post;
    this.#log = log;
  }

  get name(): string {
    return this.settings.urlPrefix;
  }

  /** Whether it has a say about the pod. */
  concerns({ pod }: PodInfo): boolean {
    const { managedResources = [] } = this.settings;
    if (managedResources.length === 0) return true;
    return [...(pod.spec.initContainers ?? []), ...pod.spec.containers].some(({ resources }) =>
      managedResources.some(({ name }) => name in (resources.requests ?? {}) || name in (resources.limits ?? {})),
    );
  }

  async filter(pod: PodInfo, nodes: readonly NodeInfo[]): Promise<Filtered> {
    const { filterVerb } = this.settings;
    const all: Filtered = { feasible: nodes, refused: new Map() };
    if (!filterVerb || nodes.length === 0) return all;
    const answer = await this.#ask(filterVerb, this.#args(pod, nodes));
    return answer === undefined ? all : filterResult(answer, nodes, this.name);
  }

  /** Ratings by node name, weighed; none when it does not rate or failed, which never stops a pod. */
  async prioritize(pod: PodInfo, nodes: readonly NodeInfo[]): Promise<ReadonlyMap<string, number>> {
    const { prioritizeVerb, weight = 1 } = this.settings;
    if (!prioritizeVerb) return new Map();
    try {
      const answer = await this.#post(this.#url(prioritizeVerb), this.#args(pod, nodes), this.#timeoutMs);
      return new Map(Array.from(scoresIn(answer), ([host, score]) => [host, score * weight * SCORE_FACTOR]));
    } catch (error) {
      this.#log.warn("an extender did not rate", { extender: this.name, error });
      return new Map();
    }
  }

  /** The candidates for eviction it agrees with, perhaps with other victims. */
  async review(pod: PodInfo, candidates: readonly Victims[]): Promise<readonly Victims[]> {
    const { preemptVerb, nodeCacheCapable = false } = this.settings;
    if (!preemptVerb || candidates.length === 0) return candidates;
    const byNode = (shown: (victim: PodInfo) => unknown) =>
      Object.fromEntries(
        candidates.map(({ info, pods, violations }) => [
          info.name,
          { Pods: pods.map(shown), NumPDBViolations: violations },
        ]),
      );
    const answer = await this.#ask(preemptVerb, {
      Pod: pod.pod,
      ...(nodeCacheCapable
        ? { NodeNameToMetaVictims: byNode(({ uid }) => ({ UID: uid })) }
        : { NodeNameToVictims: byNode((victim) => victim.pod) }),
    });
    return answer === undefined ? candidates : victimsIn(answer, candidates);
  }

  /** Binds in our stead; false when that is left to us. */
  async bind({ pod }: PodInfo, nodeName: string): Promise<boolean> {
    const { bindVerb } = this.settings;
    if (!bindVerb) return false;
    const { name, namespace, uid } = pod.metadata;
    const body = { PodName: name, PodNamespace: namespace, PodUID: uid, Node: nodeName };
    return (await this.#ask(bindVerb, body)) !== undefined;
  }

  /** The answer; undefined when it failed and may be ignored. */
  async #ask(verb: string, body: unknown): Promise<unknown> {
    try {
      const answer = await this.#post(this.#url(verb), body, this.#timeoutMs);
      const message = messageIn(answer);
      if (message === "") return answer;
      throw new Error(message);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (!this.settings.ignorable) throw new ExtenderError(`extender ${this.name}: ${why}`, { cause: error });
      this.#log.warn("an extender was ignored", { extender: this.name, error });
      return undefined;
    }
  }

  #args({ pod }: PodInfo, nodes: readonly NodeInfo[]): unknown {
    if (this.settings.nodeCacheCapable) return { Pod: pod, NodeNames: nodes.map(({ name }) => name) };
    return { Pod: pod, Nodes: { apiVersion: "v1", kind: "NodeList", items: nodes.map(({ node }) => node) } };
  }

  #url(verb: string): string {
    return `${this.settings.urlPrefix.replace(/\/+$/, "")}/${verb}`;
  }

  get #timeoutMs(): number {
    return this.settings.timeoutMs ?? TIMEOUT_MS;
  }
}
