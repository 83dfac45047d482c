import type { PodAffinityTerm } from "#api/core/affinity.ts";
import type { Pod } from "#api/core/pod.ts";
import { sameLabels } from "./labels.ts";
import { affinityTerm, type AffinityTerm } from "./affinity_term.ts";
import { podRequests, scoredRequests, type Amounts } from "./pod_requests.ts";

/** A port a pod takes on its node. */
export interface HostPort {
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
}

/** Terms with what they weigh; required ones weigh nothing. */
export interface WeightedTerm {
  readonly weight: number;
  readonly term: AffinityTerm;
}

interface PodAmounts {
  readonly requests: Amounts;
  readonly cpu: number;
  readonly memory: number;
  readonly scoredCpu: number;
  readonly scoredMemory: number;
}

interface PodTerms {
  readonly requiredAffinity: readonly AffinityTerm[];
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  readonly preferredAffinity: readonly WeightedTerm[];
  readonly preferredAntiAffinity: readonly WeightedTerm[];
}

const ANY_ADDRESS = "0.0.0.0";
const NO_PORTS: readonly HostPort[] = [];
const NO_TERMS: PodTerms = {
  requiredAffinity: [],
  requiredAntiAffinity: [],
  preferredAffinity: [],
  preferredAntiAffinity: [],
};
const NO_LABELS: Readonly<Record<string, string>> = {};

/** A pod, and what the scheduler works out from it once. */
export class PodInfo {
  /** The newest version that differs in nothing that was worked out. */
  pod: Pod;
  readonly uid: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly priority: number;
  readonly isTerminating: boolean;
  #amounts: PodAmounts | undefined;
  #ports: readonly HostPort[] | undefined;
  #terms: PodTerms | undefined;

  constructor(pod: Pod) {
    const { uid, namespace, labels, deletionTimestamp } = pod.metadata;
    this.pod = pod;
    this.uid = uid;
    this.namespace = namespace;
    this.labels = labels ?? NO_LABELS;
    this.priority = pod.spec.priority ?? 0;
    this.isTerminating = deletionTimestamp !== undefined;
  }

  /**
   * Takes a newer version over if all that was worked out holds for it: most are changes of status.
   *
   * @returns Whether it did; otherwise a new PodInfo is needed.
   */
  adopt(pod: Pod): boolean {
    const { uid, labels = NO_LABELS, deletionTimestamp, generation } = pod.metadata;
    const isSameSpec = generation === this.pod.metadata.generation || (!this.pod.spec.nodeName && pod.spec.nodeName);
    if (uid !== this.uid || !isSameSpec || (deletionTimestamp !== undefined) !== this.isTerminating) return false;
    if (isResized(pod) || isResized(this.pod) || !sameLabels(labels, this.labels)) return false;
    this.pod = pod;
    return true;
  }

  /** `namespace/name`. */
  get id(): string {
    return `${this.namespace}/${this.pod.metadata.name}`;
  }

  /** What it takes; like all below worked out when first asked for, as ten thousand pods may come at once. */
  get requests(): Amounts {
    return this.#taken.requests;
  }

  get cpu(): number {
    return this.#taken.cpu;
  }

  get memory(): number {
    return this.#taken.memory;
  }

  /** cpu and memory when nodes are compared. */
  get scoredCpu(): number {
    return this.#taken.scoredCpu;
  }

  get scoredMemory(): number {
    return this.#taken.scoredMemory;
  }

  get ports(): readonly HostPort[] {
    this.#ports ??= hostPortsOf(this.pod);
    return this.#ports;
  }

  get #taken(): PodAmounts {
    this.#amounts ??= podAmounts(this.pod);
    return this.#amounts;
  }

  /** Its inter-pod affinity, compiled. */
  get terms(): PodTerms {
    this.#terms ??= termsOf(this.pod);
    return this.#terms;
  }
}

/** What pods took lately. Most take what others do, and a map for each of 100,000 is 25 MB. */
const known = new Map<string, PodAmounts>();
const KNOWN_MAX = 256;

function podAmounts(pod: Pod): PodAmounts {
  const requests = podRequests(pod);
  const scored = scoredRequests(pod, requests);
  const [scoredCpu = 0, scoredMemory = 0] = [scored.get("cpu"), scored.get("memory")];
  const name = JSON.stringify([scoredCpu, scoredMemory, ...requests]);
  let amounts = known.get(name);
  if (amounts === undefined) {
    const [cpu = 0, memory = 0] = [requests.get("cpu"), requests.get("memory")];
    amounts = { requests, cpu, memory, scoredCpu, scoredMemory };
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(name, amounts);
  }
  return amounts;
}

/** Whether the node says what it gave the containers: that counts beside what they ask for. */
function isResized({ status }: Pod): boolean {
  return (status.containerStatuses ?? []).some(
    ({ allocatedResources, resources }) => allocatedResources !== undefined || resources?.requests !== undefined,
  );
}

function termsOf(pod: Pod): PodTerms {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  if (podAffinity === undefined && podAntiAffinity === undefined) return NO_TERMS;
  const compile = (term: PodAffinityTerm) => affinityTerm(term, pod);
  return {
    requiredAffinity: (podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(compile),
    requiredAntiAffinity: (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(compile),
    preferredAffinity: (podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ weight, podAffinityTerm }) => ({ weight, term: compile(podAffinityTerm) }),
    ),
    preferredAntiAffinity: (podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ weight, podAffinityTerm }) => ({ weight, term: compile(podAffinityTerm) }),
    ),
  };
}

/** The host ports of containers and sidecars. */
function hostPortsOf({ spec }: Pod): readonly HostPort[] {
  let ports: HostPort[] | undefined;
  const collect = (container: Pod["spec"]["containers"][number]) => {
    for (const { hostPort = 0, hostIP, protocol } of container.ports ?? []) {
      if (hostPort > 0) (ports ??= []).push({ protocol, address: hostIP || ANY_ADDRESS, port: hostPort });
    }
  };
  spec.containers.forEach(collect);
  for (const container of spec.initContainers ?? []) if (container.restartPolicy === "Always") collect(container);
  return ports ?? NO_PORTS;
}

/** Whether two pods cannot take these ports on one node: an address of 0.0.0.0 is every address. */
export function portsClash(a: HostPort, b: HostPort): boolean {
  return (
    a.port === b.port &&
    a.protocol === b.protocol &&
    (a.address === b.address || a.address === ANY_ADDRESS || b.address === ANY_ADDRESS)
  );
}
