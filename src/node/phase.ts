import type { ContainerStatus } from "#api/core/container_status.ts";
import type { Pod } from "#api/core/pod.ts";
import { isSidecar } from "./restart_policy.ts";

export interface PhaseInput {
  readonly pod: Pod;
  readonly inits: readonly ContainerStatus[];
  readonly apps: readonly ContainerStatus[];
  /** Nothing will be started again. */
  readonly ended: boolean;
}

/** The pod's phase from its containers, by kubelet's rules (pkg/kubelet/kubelet_pods.go, getPhase). */
export function podPhase({ pod, inits, apps, ended }: PhaseInput): string {
  const policy = pod.spec.restartPolicy;
  const sidecars = new Set((pod.spec.initContainers ?? []).filter(isSidecar).map((container) => container.name));
  const regular = inits.filter((status) => !sidecars.has(status.name));
  if (policy === "Never" && regular.some(hasFailed)) return "Failed";
  const anyStarted = apps.some((status) => status.state.running || status.state.terminated || status.containerID);
  if (!anyStarted && regular.some((status) => status.state.terminated?.exitCode !== 0) && !ended) return "Pending";
  const running = apps.filter((status) => status.state.running).length;
  const waiting = apps.filter((status) => status.state.waiting && !status.lastState.terminated).length;
  const stopped = apps.map(lastExit).filter((exitCode) => exitCode !== undefined);
  if (waiting > 0 && !ended) return "Pending";
  if (running > 0 || inits.some((status) => sidecars.has(status.name) && status.state.running)) return "Running";
  if (ended)
    return waiting === 0 && stopped.every((code) => code === 0) && !regular.some(hasFailed) ? "Succeeded" : "Failed";
  if (stopped.length === 0) return "Pending";
  if (policy === "Always") return "Running";
  if (stopped.every((exitCode) => exitCode === 0)) return "Succeeded";
  return policy === "Never" ? "Failed" : "Running";
}

function hasFailed(status: ContainerStatus): boolean {
  return (lastExit(status) ?? 0) !== 0;
}

/** How it ended the last time, if it does not run now. */
function lastExit(status: ContainerStatus): number | undefined {
  if (status.state.running) return undefined;
  return (status.state.terminated ?? status.lastState.terminated)?.exitCode;
}
