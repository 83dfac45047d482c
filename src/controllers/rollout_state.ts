import type { Deployment } from "#api/apps/deployment.ts";
import type { ReplicaSet } from "#api/apps/replicaset.ts";
import type { Pod } from "#api/core/pod.ts";
import { isControlledBy } from "#api/ownership.ts";
import { availableOf, wantedOf } from "./deployment_bounds.ts";
import { generationsOf } from "./deployment_revision.ts";
import { hasOldPods } from "./deployment_rollout.ts";
import { conditionOf } from "./deployment_status.ts";
import { nextStep, type Stand } from "./deployment_step.ts";
import { availableInMs, isActive, isTerminating } from "./pod_state.ts";

/** Something that a rollout waits for. */
export interface Blocker {
  /** As Kubernetes names it: `ImagePullBackOff`, `Unschedulable`, `FailedCreate`, `ReadinessGatesNotReady` ... */
  readonly reason: string;
  readonly message: string;
  /** The pods it is about, by name; none where a ReplicaSet cannot make them. */
  readonly pods: readonly string[];
}

/** Where a rollout is, and why it is there. */
export interface RolloutState {
  readonly stand: Stand;
  /** Whether the progress deadline has passed. */
  readonly isStuck: boolean;
  readonly wanted: number;
  /** Pods of the present template. */
  readonly updated: number;
  readonly available: number;
  /** Pods of other templates. */
  readonly old: number;
  /** What it waits for, that of the most pods first; empty when it waits for nothing. */
  readonly blockers: readonly Blocker[];
}

/**
 * @param sets The deployment's ReplicaSets.
 * @param pods Theirs, and maybe others.
 * @param nowMs Since the epoch.
 */
export function rolloutStateOf(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  pods: readonly Pod[],
  nowMs: number,
): RolloutState {
  const generations = generationsOf(deployment, sets);
  const { current, old } = generations;
  const podsOf = (rs: ReplicaSet) => pods.filter((pod) => isControlledBy(pod, rs));
  const { stand } = nextStep(deployment, generations, () => hasOldPods(old, podsOf));
  const { replicas } = deployment.spec;
  return {
    stand,
    isStuck: conditionOf(deployment.status.conditions ?? [], "Progressing")?.reason === "ProgressDeadlineExceeded",
    wanted: replicas,
    updated: current?.status.replicas ?? 0,
    available: availableOf(current ? [...old, current] : old),
    old: old.reduce((sum, rs) => sum + rs.status.replicas, 0),
    blockers: stand === "complete" ? [] : blockersOf(generations, podsOf, nowMs),
  };
}

function blockersOf(
  { current, old }: ReturnType<typeof generationsOf>,
  podsOf: (rs: ReplicaSet) => readonly Pod[],
  nowMs: number,
): Blocker[] {
  const found = new Map<string, { reason: string; message: string; pods: string[] }>();
  const add = (reason: string, message: string, pod: Pod) => {
    const known = found.get(reason) ?? { reason, message, pods: [] };
    known.pods.push(pod.metadata.name);
    found.set(reason, known);
  };
  if (current) {
    for (const pod of podsOf(current).filter(isActive)) {
      const why = whyUnavailable(pod, current.spec.minReadySeconds ?? 0, nowMs);
      if (why) add(why.reason, why.message, pod);
    }
  }
  if (wantedOf(old) === 0) {
    const leaving = old.flatMap((rs) => podsOf(rs)).filter(isTerminating);
    for (const pod of leaving) add("Terminating", "an old pod is on its way out", pod);
  }
  const failure = current?.status.conditions?.find(
    ({ type, status }) => type === "ReplicaFailure" && status === "True",
  );
  const blockers: Blocker[] = [...found.values()].toSorted((a, b) => b.pods.length - a.pods.length);
  if (failure) blockers.unshift({ reason: failure.reason ?? "", message: failure.message ?? "", pods: [] });
  return blockers;
}

/** The first thing in a pod's life that has not come about; undefined when it is available. */
function whyUnavailable(
  pod: Pod,
  minReadySeconds: number,
  nowMs: number,
): { readonly reason: string; readonly message: string } | undefined {
  const leftMs = availableInMs(pod, minReadySeconds, nowMs);
  if (leftMs === 0) return undefined;
  if (leftMs !== undefined) {
    return { reason: "MinReadySeconds", message: `ready, and available in ${Math.ceil(leftMs / 1000)} s` };
  }
  const conditions = pod.status.conditions ?? [];
  const scheduled = conditions.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False") return named(scheduled, "Unschedulable");
  const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])];
  for (const { name, state } of statuses) {
    if (state?.waiting?.reason !== undefined && !STARTING.has(state.waiting.reason)) return named(state.waiting, "");
    if (state?.terminated && state.terminated.exitCode !== 0) {
      const { reason = "Error", exitCode } = state.terminated;
      return { reason, message: `container ${name} exited with ${exitCode}` };
    }
  }
  const ready = conditions.find(({ type, status }) => type === "Ready" && status === "False");
  return ready && pod.status.phase === "Running" ? named(ready, "NotReady") : { reason: "Starting", message: "" };
}

/** What every container waits for in the beginning. */
const STARTING = new Set(["ContainerCreating", "PodInitializing"]);

function named(
  { reason, message }: { readonly reason?: string | undefined; readonly message?: string | undefined },
  otherwise: string,
) {
  return { reason: reason ?? otherwise, message: message ?? "" };
}
