import { portsClash, type HostPort, type PodInfo } from "./pod_info.ts";
import type { Node } from "#api/core/node.ts";
import type { Taint } from "#api/core/taint.ts";
import { amountsOf, type Amounts } from "./pod_requests.ts";

const NO_LABELS: Readonly<Record<string, string>> = {};

/** A node with the pods placed on it, kept up to date pod by pod, never copied. */
export class NodeInfo {
  readonly name: string;
  node: Node;
  labels: Readonly<Record<string, string>> = NO_LABELS;
  allocatable: Amounts = new Map();
  allocatableCpu = 0;
  allocatableMemory = 0;
  podsMax = 0;
  /** Taints that keep pods away, and those that only make the node less wanted. */
  hardTaints: readonly Taint[] = [];
  softTaints: readonly Taint[] = [];
  /** Sizes in bytes of the images it holds, by every name. */
  images: ReadonlyMap<string, number> = new Map();
  readonly pods = new Map<string, PodInfo>();
  /** Invariant: these are the sums over `pods`. */
  requestedCpu = 0;
  requestedMemory = 0;
  scoredCpu = 0;
  scoredMemory = 0;
  /** All but cpu and memory. */
  readonly requested = new Map<string, number>();
  #withPorts = 0;

  constructor(node: Node) {
    this.name = node.metadata.name;
    this.node = node;
    this.setNode(node);
  }

  setNode(node: Node): void {
    const taints = node.spec.taints ?? [];
    this.node = node;
    this.labels = node.metadata.labels ?? NO_LABELS;
    this.allocatable = amountsOf(node.status.allocatable);
    this.allocatableCpu = this.allocatable.get("cpu") ?? 0;
    this.allocatableMemory = this.allocatable.get("memory") ?? 0;
    this.podsMax = this.allocatable.get("pods") ?? 0;
    this.hardTaints = taints.filter(({ effect }) => effect === "NoSchedule" || effect === "NoExecute");
    this.softTaints = taints.filter(({ effect }) => effect === "PreferNoSchedule");
    this.images = new Map(
      (node.status.images ?? []).flatMap(({ names = [], sizeBytes = 0 }) =>
        names.map((name) => [name, sizeBytes] as const),
      ),
    );
  }

  /** Takes account of a pod. Only `ClusterIndex` and trials that are taken back do this. */
  add(pod: PodInfo): void {
    this.pods.set(pod.uid, pod);
    this.#count(pod, 1);
  }

  /** Undoes `add` of the very same PodInfo. */
  remove(pod: PodInfo): void {
    this.pods.delete(pod.uid);
    this.#count(pod, -1);
  }

  /** Whether any of these ports is taken. */
  holdsPort(wanted: readonly HostPort[]): boolean {
    if (this.#withPorts === 0) return false;
    for (const { ports } of this.pods.values()) {
      for (const used of ports) if (wanted.some((port) => portsClash(port, used))) return true;
    }
    return false;
  }

  #count(pod: PodInfo, by: 1 | -1): void {
    this.requestedCpu += by * pod.cpu;
    this.requestedMemory += by * pod.memory;
    this.scoredCpu += by * pod.scoredCpu;
    this.scoredMemory += by * pod.scoredMemory;
    if (pod.ports.length > 0) this.#withPorts += by;
    for (const [name, amount] of pod.requests) {
      if (name !== "cpu" && name !== "memory") this.requested.set(name, (this.requested.get(name) ?? 0) + by * amount);
    }
  }
}
