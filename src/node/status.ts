import type { ContainerStatus } from "#api/core/container_status.ts";
import type { PodStatus } from "#api/core/pod_status.ts";
import { podConditions } from "./conditions.ts";
import { containerStatus, ephemeralStatus } from "./container_state.ts";
import { formatTime } from "#api/time.ts";
import { isTerminal, type Verdict } from "./lifecycle.ts";
import type { PodFacts, Waiting } from "./pod_facts.ts";
import { podPhase } from "./phase.ts";
import { nothingRuns } from "./plan_end.ts";
import { qosClass } from "./resources.ts";
import { readySandbox } from "./pod_runtime.ts";

export interface StatusInput {
  readonly facts: PodFacts;
  readonly waiting: ReadonlyMap<string, Waiting>;
  readonly messages: ReadonlyMap<string, string>;
  /** The node itself failed the pod. */
  readonly verdict?: Verdict;
  readonly nodeIp: string;
  /** When this node first saw the pod. */
  readonly seenMs: number;
}

/**
 * The pod's status as of now. Keeps what others own (conditions of readiness gates, the nominated node) and what must
 * not move: the start time, transition times of conditions that did not change, and a phase that was final.
 */
export function podStatus(input: StatusInput): PodStatus {
  const { facts, verdict, nodeIp, seenMs } = input;
  const { pod, runtime, probes, ending } = facts;
  const previous = pod.status;
  if (verdict && runtime.containers.length === 0) return verdictStatus(input, verdict);
  const gone = ending !== undefined && runtime.containers.length === 0 && isTerminal(pod);
  if (gone) return previous;
  const ended = ending !== undefined;
  const view = { pod, runtime, probes, waiting: input.waiting, messages: input.messages, ended, busy: facts.busy };
  const inits = (pod.spec.initContainers ?? []).map((container) => containerStatus(view, container, true));
  const apps = pod.spec.containers.map((container) => containerStatus(view, container, false));
  const added = (pod.spec.ephemeralContainers ?? []).map((container) => ephemeralStatus(view, container));
  const phase = isTerminal(pod) ? (previous.phase ?? "Failed") : phaseOf(input, inits, apps);
  const conditions = podConditions({ facts, inits, apps, phase });
  const ip = podIp(facts, nodeIp);
  const sticky = verdict ?? (isTerminal(pod) ? previous : {});
  return {
    ...keepForeign(previous),
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    phase,
    conditions,
    ...(sticky.reason && { reason: sticky.reason }),
    ...(sticky.message && { message: sticky.message }),
    hostIP: nodeIp,
    hostIPs: [{ ip: nodeIp }],
    ...(ip && { podIP: ip, podIPs: [{ ip }] }),
    startTime: previous.startTime ?? formatTime(seenMs),
    ...(inits.length > 0 && { initContainerStatuses: inits }),
    containerStatuses: apps,
    ...(added.length > 0 && { ephemeralContainerStatuses: added }),
    qosClass: previous.qosClass ?? qosClass(pod),
  };
}

function phaseOf(input: StatusInput, inits: ContainerStatus[], apps: ContainerStatus[]): string {
  const { facts, verdict } = input;
  const anyRunning = [...inits, ...apps].some((status) => status.state.running);
  if (verdict && !anyRunning) return "Failed";
  // Final only when all is quiet: a pod deleted while it starts may run for its whole grace period yet.
  return podPhase({ pod: facts.pod, inits, apps, ended: facts.ending !== undefined && nothingRuns(facts) });
}

/** A pod that never ran here: rejected, or out of time before anything started. */
function verdictStatus({ facts: { pod }, verdict, seenMs }: StatusInput, { reason, message }: Verdict): PodStatus {
  const previous = pod.status;
  return {
    ...keepForeign(previous),
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    phase: "Failed",
    reason: verdict?.reason ?? reason,
    message,
    ...(previous.conditions && { conditions: previous.conditions }),
    startTime: previous.startTime ?? formatTime(seenMs),
    qosClass: previous.qosClass ?? qosClass(pod),
  };
}

function podIp({ pod, runtime }: PodFacts, nodeIp: string): string | undefined {
  const sandbox = readySandbox(runtime);
  if (pod.spec.hostNetwork) return sandbox ? nodeIp : pod.status.podIP;
  return sandbox?.ip ?? pod.status.podIP;
}

/** What the agent does not own. */
function keepForeign(previous: PodStatus): PodStatus {
  const { nominatedNodeName, resourceClaimStatuses, extendedResourceClaimStatus } = previous;
  return {
    ...(nominatedNodeName && { nominatedNodeName }),
    ...(resourceClaimStatuses && { resourceClaimStatuses }),
    ...(extendedResourceClaimStatus && { extendedResourceClaimStatus }),
  };
}
