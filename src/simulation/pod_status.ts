import type { ContainerState, ContainerStatus } from "#api/core/container_status.ts";
import type { Pod } from "#api/core/pod.ts";
import type { PodCondition, PodStatus } from "#api/core/pod_status.ts";
import { formatTime } from "#api/time.ts";
import type { PodShow } from "./stages.ts";

/** What a simulated machine knows of a pod. */
export interface PodFacts {
  readonly show: Exclude<PodShow, { readonly gone: true }>;
  readonly restarts: number;
  /** When the containers were started last. */
  readonly startedMs: number;
  readonly nodeIp: string;
  /** Undefined until there is one. */
  readonly podIp: string | undefined;
  readonly nowMs: number;
  /** What the wait until the next attempt is called in messages, for example `20s`. */
  readonly backoff: string;
}

/** Whether the containers of a pod that ended so are started again. */
export function isRestarted(pod: Pod, exitCode: number): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  const policy = pod.spec.restartPolicy ?? "Always";
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}

export function isFinal({ status }: Pod): boolean {
  return status.phase === "Succeeded" || status.phase === "Failed";
}

/** The status a node reports of `pod`; conditions that did not change keep their times, others' stay. */
export function statusOf(pod: Pod, facts: PodFacts): PodStatus {
  const { nodeIp, podIp, nowMs } = facts;
  const phase = phaseOf(pod, facts);
  const ready = "running" in facts.show && facts.show.running.ready;
  const failure = "failed" in facts.show ? textsOf(facts.show.failed, pod, facts) : {};
  const containerStatuses = pod.spec.containers.map(({ name, image }) => containerOf(pod, name, image ?? "", facts));
  const inits = pod.spec.initContainers ?? [];
  return {
    phase,
    ...failure,
    conditions: conditionsOf(pod, phase, ready, formatTime(nowMs)),
    hostIP: nodeIp,
    hostIPs: [{ ip: nodeIp }],
    ...(podIp !== undefined && { podIP: podIp, podIPs: [{ ip: podIp }] }),
    startTime: pod.status.startTime ?? formatTime(nowMs),
    ...(inits.length > 0 && {
      initContainerStatuses: inits.map(({ name, image }) => initOf(pod, name, image ?? "", formatTime(nowMs))),
    }),
    containerStatuses,
    ...ephemeralStatuses(pod, facts),
  };
}

function phaseOf(pod: Pod, { show, restarts }: PodFacts): string {
  if ("failed" in show) return "Failed";
  if ("running" in show) return "Running";
  if ("exited" in show) {
    if (isRestarted(pod, show.exited.code)) return "Running";
    return show.exited.code === 0 ? "Succeeded" : "Failed";
  }
  return restarts > 0 || lastEnd(pod, pod.spec.containers[0]?.name ?? "") !== undefined ? "Running" : "Pending";
}

function containerOf(pod: Pod, name: string, image: string, facts: PodFacts): ContainerStatus {
  const state = stateOf(pod, name, facts);
  const end = state.terminated === undefined ? lastEnd(pod, name) : previousEnd(pod, name);
  const ready = "running" in facts.show && facts.show.running.ready;
  const id = `simulated://${pod.metadata.uid}/${name}/${facts.restarts}`;
  return {
    name,
    state,
    lastState: end === undefined ? {} : { terminated: end },
    ready,
    restartCount: facts.restarts,
    image,
    imageID: facts.startedMs > 0 ? image : "",
    ...(facts.startedMs > 0 && { containerID: id }),
    started: state.running !== undefined,
  };
}

function stateOf(pod: Pod, name: string, facts: PodFacts): ContainerState {
  const { show, startedMs, nowMs } = facts;
  const startedAt = formatTime(startedMs);
  if ("running" in show) return { running: { startedAt } };
  if ("waiting" in show) return { waiting: textsOf(show.waiting, pod, facts) };
  const { code, ...texts } = "exited" in show ? show.exited : { code: 137, reason: "Error" };
  const known = reported(pod, name)?.state.terminated;
  // An end that was told of is not told anew: it would seem to have just happened.
  if ("failed" in show && known !== undefined) return { terminated: known };
  const told = textsOf({ reason: code === 0 ? "Completed" : "Error", ...texts }, pod, facts);
  return { terminated: { exitCode: code, ...told, startedAt, finishedAt: formatTime(nowMs) } };
}

function initOf(pod: Pod, name: string, image: string, now: string): ContainerStatus {
  const known = pod.status.initContainerStatuses?.find((each) => each.name === name);
  if (known?.state.terminated) return known;
  const terminated = { exitCode: 0, reason: "Completed", startedAt: now, finishedAt: now };
  return { name, state: { terminated }, lastState: {}, ready: true, restartCount: 0, image, imageID: image };
}

/** Containers added for debugging run from when they are seen, as long as their pod does, and no second time. */
function ephemeralStatuses(pod: Pod, facts: PodFacts): Pick<PodStatus, "ephemeralContainerStatuses"> {
  const added = pod.spec.ephemeralContainers ?? [];
  if (added.length === 0) return {};
  return { ephemeralContainerStatuses: added.map(({ name, image }) => ephemeralOf(pod, name, image ?? "", facts)) };
}

function ephemeralOf(pod: Pod, name: string, image: string, { show, nowMs }: PodFacts): ContainerStatus {
  const known = pod.status.ephemeralContainerStatuses?.find((each) => each.name === name);
  const { running, terminated } = known?.state ?? {};
  if (known && terminated) return known;
  const common = { name, lastState: {}, ready: false, restartCount: 0, image };
  const now = formatTime(nowMs);
  const isOver = isEnd(pod, show);
  if (isOver && running === undefined) return { ...common, state: { waiting: CREATING }, imageID: "" };
  const startedAt = running?.startedAt ?? now;
  const containerID = `simulated://${pod.metadata.uid}/${name}/0`;
  const state: ContainerState = isOver
    ? { terminated: { exitCode: 137, reason: "Error", startedAt, finishedAt: now, containerID } }
    : { running: { startedAt } };
  return { ...common, state, imageID: image, containerID };
}

const CREATING = { reason: "ContainerCreating" } as const;

/** Whether the pod runs no more, and is not started again. */
export function isEnd(pod: Pod, show: PodShow): boolean {
  return "failed" in show || "gone" in show || ("exited" in show && !isRestarted(pod, show.exited.code));
}

/** Whether a container was added for debugging that the API does not show as started. */
export function lacksEphemeral({ spec, status }: Pod): boolean {
  const known = status.ephemeralContainerStatuses ?? [];
  return (spec.ephemeralContainers ?? []).some(({ name }) => {
    const state = known.find((each) => each.name === name)?.state;
    return state?.running === undefined && state?.terminated === undefined;
  });
}

function reported(pod: Pod, name: string): ContainerStatus | undefined {
  return pod.status.containerStatuses?.find((status) => status.name === name);
}

function lastEnd(pod: Pod, name: string) {
  const known = reported(pod, name);
  return known?.state.terminated ?? known?.lastState.terminated;
}

function previousEnd(pod: Pod, name: string) {
  return reported(pod, name)?.lastState.terminated;
}

function conditionsOf(pod: Pod, phase: string, ready: boolean, now: string): PodCondition[] {
  const why =
    phase === "Succeeded"
      ? { reason: "PodCompleted" }
      : phase === "Failed"
        ? { reason: "PodFailed" }
        : { reason: "ContainersNotReady", message: `containers with unready status: [${namesOf(pod)}]` };
  const serving = ready ? { status: "True" } : { status: "False", ...why };
  const owned: Readonly<Record<string, Omit<PodCondition, "type">>> = {
    PodReadyToStartContainers: { status: phase === "Succeeded" || phase === "Failed" ? "False" : "True" },
    Initialized: { status: "True" },
    Ready: serving,
    ContainersReady: serving,
    PodScheduled: { status: "True" },
  };
  const previous = pod.status.conditions ?? [];
  const conditions = Object.entries(owned).map(([type, finding]): PodCondition => {
    const before = previous.find((condition) => condition.type === type);
    const since = before?.status === finding.status ? before.lastTransitionTime : undefined;
    return { type, ...finding, lastTransitionTime: since ?? now };
  });
  return [...conditions, ...previous.filter(({ type }) => !Object.hasOwn(owned, type))];
}

function namesOf(pod: Pod): string {
  return pod.spec.containers.map(({ name }) => name).join(" ");
}

type Texts = { readonly reason?: string; readonly message?: string };

function textsOf({ reason, message }: Texts, pod: Pod, { backoff }: PodFacts): Texts {
  const [container] = pod.spec.containers;
  const values: Readonly<Record<string, string>> = {
    "{pod}": `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`,
    "{container}": container?.name ?? "",
    "{image}": container?.image ?? "",
    "{backoff}": backoff,
  };
  const filled = message?.replaceAll(/\{[a-z]+\}/g, (name) => values[name] ?? name);
  return { ...(reason !== undefined && { reason }), ...(filled !== undefined && { message: filled }) };
}
