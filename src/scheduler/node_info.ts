import type { Node } from "#api/core/node.ts";
import type { Pod } from "#api/core/pod.ts";
import { podRequests, resourcesOf, scoredRequests, type Resources } from "./pod_requests.ts";

/** A port a pod takes on its node. */
export interface HostPort {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
}

/** A node with the pods placed on it, kept up to date pod by pod, never copied. */
export class NodeInfo {
  node: Node;
  allocatable: Resources;
  readonly pods = new Map<string, Pod>();
  /** Sums of what the pods take. Invariant: equals the sum of `podRequests` over `pods`. */
  readonly requested = new Map<string, number>();
  readonly scored = { cpu: 0, memory: 0 };
  readonly images = new Set<string>();

  constructor(node: Node) {
    this.node = node;
    this.allocatable = new Map();
    this.setNode(node);
  }

  get name(): string {
    return this.node.metadata.name;
  }

  get labels(): Readonly<Record<string, string>> {
    return this.node.metadata.labels ?? {};
  }

  setNode(node: Node): void {
    this.node = node;
    this.allocatable = resourcesOf(node.status.allocatable);
    this.images.clear();
    for (const image of node.status.images ?? []) for (const name of image.names ?? []) this.images.add(name);
  }

  /** Places a pod; one that is there already is replaced. */
  add(pod: Pod): void {
    this.remove(pod.metadata.uid);
    this.pods.set(pod.metadata.uid, pod);
    this.#count(pod, 1);
  }

  remove(uid: string): void {
    const pod = this.pods.get(uid);
    if (pod === undefined) return;
    this.pods.delete(uid);
    this.#count(pod, -1);
  }

  hostPorts(): HostPort[] {
    return [...this.pods.values()].flatMap(hostPortsOf);
  }

  #count(pod: Pod, sign: 1 | -1): void {
    for (const [name, amount] of podRequests(pod)) {
      this.requested.set(name, (this.requested.get(name) ?? 0) + sign * amount);
    }
    const scored = scoredRequests(pod);
    this.scored.cpu += sign * scored.cpu;
    this.scored.memory += sign * scored.memory;
  }
}

/** The host ports a pod asks for. */
export function hostPortsOf(pod: Pod): HostPort[] {
  return pod.spec.containers.flatMap((container) =>
    (container.ports ?? [])
      .filter((port) => (port.hostPort ?? 0) > 0)
      .map((port) => ({ protocol: port.protocol, address: port.hostIP ?? "0.0.0.0", port: port.hostPort ?? 0 })),
  );
}
