import type { Container } from "#api/core/container.ts";
import type { ContainerState, ContainerStatus } from "#api/core/container_status.ts";
import type { Pod } from "#api/core/pod.ts";
import { formatTime } from "#api/time.ts";
import { isInPostStart, type ProbeState, type Waiting } from "./pod_facts.ts";
import { reportedStatus } from "./pod_containers.ts";
import { ANNOTATIONS } from "./pod_names.ts";
import { historyOf, type PodRuntime } from "./pod_runtime.ts";
import { isSidecar } from "./restart_policy.ts";
import type { ContainerStatus as RuntimeContainer } from "./runtime.ts";

export interface ContainerView {
  readonly pod: Pod;
  readonly runtime: PodRuntime;
  readonly waiting: ReadonlyMap<string, Waiting>;
  readonly probes: ReadonlyMap<string, ProbeState>;
  /** The pod will not start anything (again). */
  readonly ended: boolean;
  /** Keys of the operations under way. */
  readonly busy: ReadonlySet<string>;
  /** The termination messages that were read, by container id. */
  readonly messages: ReadonlyMap<string, string>;
}

/** One container as `status.containerStatuses` shows it. */
export function containerStatus(view: ContainerView, container: Container, init: boolean): ContainerStatus {
  const [newest, previous] = historyOf(view.runtime, container.name);
  const reported = reportedStatus(view.pod, container.name);
  if (newest === undefined && reported && hasRun(reported)) return lostStatus(view, container, reported);
  let state = newest ? stateOf(view, newest) : undefined;
  if (state?.running && isInPostStart(container, view.busy)) state = { waiting: { reason: "ContainerCreating" } };
  let lastState: ContainerState = previous?.state === "EXITED" ? stateOf(view, previous) : {};
  const waiting = view.ended ? undefined : view.waiting.get(container.name);
  if (waiting && !state?.running) {
    if (state?.terminated) lastState = { terminated: state.terminated };
    // An empty message is not kept by the API, and a status that comes back different would be written again.
    state = { waiting: { reason: waiting.reason, ...(waiting.message && { message: waiting.message }) } };
  }
  state ??= { waiting: { reason: view.pod.spec.initContainers?.length ? "PodInitializing" : "ContainerCreating" } };
  const probe = newest && view.probes.get(newest.id);
  const started = state.running !== undefined && (probe?.started ?? !container.startupProbe);
  const serving = started && (probe?.ready ?? !container.readinessProbe);
  const completed = init && !isSidecar(container) && state.terminated?.exitCode === 0;
  return {
    name: container.name,
    state,
    lastState,
    ready: init && !isSidecar(container) ? completed : serving,
    restartCount: newest?.attempt ?? reported?.restartCount ?? 0,
    image: newest?.annotations[ANNOTATIONS.image] ?? container.image ?? "",
    imageID: newest?.imageRef ?? "",
    ...(newest && { containerID: containerId(newest.id) }),
    started,
    ...resources(container, state),
    ...volumeMounts(container),
  };
}

/**
 * A container added for debugging as `status.ephemeralContainerStatuses` shows it: never ready, never waiting once it has
 * ended, as it is not started a second time.
 */
export function ephemeralStatus(view: ContainerView, container: Container): ContainerStatus {
  const [newest] = historyOf(view.runtime, container.name);
  const reported = reportedStatus(view.pod, container.name);
  const isOver = newest ? newest.state === "EXITED" : reported !== undefined && hasRun(reported);
  const { started: _, ...status } = containerStatus({ ...view, ended: view.ended || isOver }, container, false);
  return { ...status, ready: false };
}

export function containerId(id: string): string {
  return `containerd://${id}`;
}

function stateOf(view: ContainerView, container: RuntimeContainer): ContainerState {
  const { createdAtMs, startedAtMs = createdAtMs } = container;
  switch (container.state) {
    case "RUNNING":
      return { running: { startedAt: formatTime(startedAtMs) } };
    case "EXITED":
    case "UNKNOWN": {
      const message = view.messages.get(container.id) || container.message || reportedMessage(view.pod, container);
      return {
        terminated: {
          exitCode: container.exitCode ?? 137,
          reason: container.reason || (container.exitCode === 0 ? "Completed" : "Error"),
          ...(message && { message }),
          startedAt: formatTime(startedAtMs),
          finishedAt: formatTime(container.finishedAtMs ?? startedAtMs),
          containerID: containerId(container.id),
        },
      };
    }
    case "CREATED":
      return { waiting: { reason: "ContainerCreating" } };
  }
}

/** The last words that the API has of a container whose message file is gone, as it is once a finished pod is cleaned up. */
function reportedMessage(pod: Pod, { id, name }: RuntimeContainer): string | undefined {
  const { state, lastState } = reportedStatus(pod, name) ?? {};
  const ends = [state?.terminated, lastState?.terminated];
  return ends.find((end) => end?.containerID === containerId(id))?.message;
}

/** Whether the container of a status has run: one that was only made counts for nothing when it is gone. */
export function hasRun({ containerID, state, lastState }: ContainerStatus): boolean {
  const ended = [state.terminated, lastState.terminated].map((each) => each?.containerID);
  return containerID !== undefined && (state.running !== undefined || ended.includes(containerID));
}

/** What was reported as running, or has ended, and which the runtime no longer knows. */
function lostStatus(view: ContainerView, container: Container, reported: ContainerStatus): ContainerStatus {
  if (reported.state.terminated && view.ended) return reported;
  const lost: ContainerState = {
    terminated: {
      exitCode: 137,
      reason: "ContainerStatusUnknown",
      message: "The container could not be located when the pod was terminated",
      ...(reported.containerID && { containerID: reported.containerID }),
    },
  };
  const ended = reported.state.terminated ? { terminated: reported.state.terminated } : lost;
  const waiting = view.waiting.get(container.name) ?? { reason: "ContainerCreating", message: "" };
  return {
    ...reported,
    state: view.ended ? ended : { waiting: { reason: waiting.reason, ...(waiting.message && waiting) } },
    lastState: view.ended ? reported.lastState : ended,
    ready: false,
    started: false,
  };
}

/** The resources a running container really has: here always those it was created with. */
function resources(container: Container, state: ContainerState): Partial<ContainerStatus> {
  const { requests, limits } = container.resources;
  if (!state.running || (!requests && !limits)) return {};
  return {
    ...(requests && { allocatedResources: requests }),
    resources: { ...(limits && { limits }), ...(requests && { requests }) },
  };
}

function volumeMounts(container: Container): Partial<ContainerStatus> {
  if (!container.volumeMounts?.length) return {};
  return {
    volumeMounts: container.volumeMounts.map(({ name, mountPath, readOnly }) => ({
      name,
      mountPath,
      ...(readOnly && { readOnly, recursiveReadOnly: "Disabled" }),
    })),
  };
}
