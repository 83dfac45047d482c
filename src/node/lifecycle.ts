import type { Pod } from "#api/core/pod.ts";
import { historyOf, newestIn, type PodRuntime } from "./pod_runtime.ts";
import { isSidecar, shouldRestart, shouldRetryInit } from "./restart_policy.ts";

/** Why a pod is failed by its node rather than by its containers. */
export interface Verdict {
  readonly reason: string;
  readonly message: string;
}

/** Whether all a pod was to do is done, for better or worse, so that nothing of it will be started again. */
export function hasFinished(pod: Pod, runtime: PodRuntime): boolean {
  for (const container of pod.spec.initContainers ?? []) {
    const newest = newestIn(runtime, runtime.sandboxes[0], container.name);
    if (newest?.state !== "EXITED" || newest.exitCode === 0 || isSidecar(container)) continue;
    if (!shouldRetryInit(pod, container, newest.exitCode ?? 0)) return true;
  }
  return pod.spec.containers.every((container) => {
    const newest = historyOf(runtime, container.name)[0];
    return newest?.state === "EXITED" && !shouldRestart(pod, container, newest.exitCode ?? 0);
  });
}

/** When `activeDeadlineSeconds` runs out, or undefined without one. */
export function deadlineMs(pod: Pod, startedMs: number): number | undefined {
  const seconds = pod.spec.activeDeadlineSeconds;
  return seconds === undefined ? undefined : startedMs + seconds * 1000;
}

export const DEADLINE_EXCEEDED: Verdict = {
  reason: "DeadlineExceeded",
  message: "Pod was active on the node longer than the specified deadline",
};

/** Whether the API already says that the pod has ended: it is never started again. */
export function isTerminal(pod: Pod): boolean {
  return pod.status.phase === "Succeeded" || pod.status.phase === "Failed";
}
