import type { ContainerState, ContainerStatus } from "./container_status.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { PodSpec } from "./pod_spec.ts";
import type { PodStatus } from "./pod_status.ts";

export interface PodSummary {
  readonly ready: number;
  /** Containers and sidecars. */
  readonly total: number;
  /** The STATUS column: a phase, or what is most worth knowing instead. */
  readonly reason: string;
  readonly restarts: number;
  /** When a container last ended that was started again. */
  readonly lastRestart: string | undefined;
}

interface PodLike {
  readonly metadata: ObjectMeta;
  readonly spec: PodSpec;
  readonly status: PodStatus;
}

interface Walk {
  reason: string | undefined;
  ready: number;
  restarts: number;
  lastRestart: string | undefined;
}

/** What `kubectl get pods` says of a pod; the rules are Kubernetes' printer's, in its order. */
export function summarizePod({ metadata, spec, status }: PodLike): PodSummary {
  const sidecars = new Set((spec.initContainers ?? []).filter(isSidecar).map((container) => container.name));
  const init = walkInitContainers(status.initContainerStatuses ?? [], sidecars, spec.initContainers?.length ?? 0);
  let { reason = phaseReason(status), ready, restarts, lastRestart } = init;
  if (init.reason === undefined || isTrue(status, "Initialized")) {
    const main = walkContainers(status.containerStatuses ?? []);
    restarts = init.sidecarRestarts + main.restarts;
    lastRestart = later(init.sidecarLastRestart, main.lastRestart);
    ready += main.ready;
    reason = main.reason ?? reason;
    if (reason === "Completed" && main.ready > 0) reason = isTrue(status, "Ready") ? "Running" : "NotReady";
  }
  const ended = status.phase === "Succeeded" || status.phase === "Failed";
  if (metadata.deletionTimestamp !== undefined) {
    if (status.reason === "NodeLost") reason = "Unknown";
    else if (!ended) reason = "Terminating";
  }
  return { ready, total: spec.containers.length + sidecars.size, reason, restarts, lastRestart };
}

function isSidecar(container: { readonly restartPolicy?: string | undefined }): boolean {
  return container.restartPolicy === "Always";
}

function phaseReason(status: PodStatus): string {
  const gated = (status.conditions ?? []).some(
    (each) => each.type === "PodScheduled" && each.reason === "SchedulingGated",
  );
  return gated ? "SchedulingGated" : status.reason || (status.phase ?? "");
}

function isTrue(status: PodStatus, type: string): boolean {
  return (status.conditions ?? []).some((condition) => condition.type === type && condition.status === "True");
}

/** The later of two times in their canonical form, which orders as text. */
function later(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? b : a;
}

function walkInitContainers(
  statuses: readonly ContainerStatus[],
  sidecars: ReadonlySet<string>,
  count: number,
): Walk & { sidecarRestarts: number; sidecarLastRestart: string | undefined } {
  const walk = {
    reason: undefined as string | undefined,
    ready: 0,
    restarts: 0,
    lastRestart: undefined as string | undefined,
    sidecarRestarts: 0,
    sidecarLastRestart: undefined as string | undefined,
  };
  for (const [index, container] of statuses.entries()) {
    const sidecar = sidecars.has(container.name);
    const endedAt = container.lastState.terminated?.finishedAt;
    walk.restarts += container.restartCount;
    walk.lastRestart = later(walk.lastRestart, endedAt);
    if (sidecar) {
      walk.sidecarRestarts += container.restartCount;
      walk.sidecarLastRestart = later(walk.sidecarLastRestart, endedAt);
    }
    if (container.state.terminated?.exitCode === 0) continue;
    if (sidecar && container.started) {
      if (container.ready) walk.ready++;
      continue;
    }
    // The first that is not done says where the pod stands.
    walk.reason = `Init:${initReason(container.state) ?? `${index}/${count}`}`;
    break;
  }
  return walk;
}

function initReason(state: ContainerState): string | undefined {
  if (state.terminated) return endReason(state.terminated);
  const waiting = state.waiting?.reason;
  return waiting && waiting !== "PodInitializing" ? waiting : undefined;
}

function endReason(ended: NonNullable<ContainerState["terminated"]>): string {
  return ended.reason || (ended.signal ? `Signal:${ended.signal}` : `ExitCode:${ended.exitCode}`);
}

/** From the last to the first, so that the first container with something to say is heard. */
function walkContainers(statuses: readonly ContainerStatus[]): Walk {
  const walk: Walk = { reason: undefined, ready: 0, restarts: 0, lastRestart: undefined };
  for (const container of statuses.toReversed()) {
    const { state } = container;
    walk.restarts += container.restartCount;
    walk.lastRestart = later(walk.lastRestart, container.lastState.terminated?.finishedAt);
    if (state.waiting?.reason) walk.reason = state.waiting.reason;
    else if (state.terminated) walk.reason = endReason(state.terminated);
    else if (container.ready && state.running) walk.ready++;
  }
  return walk;
}
