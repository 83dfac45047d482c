import type { Pod } from "#api/core/pod.ts";
import type { ContainerStatus, SandboxStatus } from "./runtime.ts";

/** A container with the sandbox it belongs to, which the runtime tells only in lists. */
export interface PodContainer extends ContainerStatus {
  readonly sandboxId: string;
}

/** What the runtime holds of one pod, newest first. */
export interface PodRuntime {
  readonly sandboxes: readonly SandboxStatus[];
  readonly containers: readonly PodContainer[];
}

export const NOTHING_RUNS: PodRuntime = { sandboxes: [], containers: [] };

/** The sandbox containers may run in: the newest, if it is ready. */
export function readySandbox(runtime: PodRuntime): SandboxStatus | undefined {
  const newest = runtime.sandboxes[0];
  return newest?.state === "READY" ? newest : undefined;
}

/**
 * The address of a pod that has a ready sandbox; undefined on the host's network. What the runtime fails to tell for now
 * is what the API was told before.
 */
export function podAddress(pod: Pod, runtime: PodRuntime): string | undefined {
  const sandbox = readySandbox(runtime);
  if (sandbox === undefined || pod.spec.hostNetwork) return undefined;
  return sandbox.ip ?? pod.status.podIP;
}

/** All containers a pod has had under this name that are still known, newest first. */
export function historyOf(runtime: PodRuntime, name: string): PodContainer[] {
  return runtime.containers.filter((container) => container.name === name);
}

/** The newest container of this name in a sandbox. */
export function newestIn(
  runtime: PodRuntime,
  sandbox: { readonly id: string } | undefined,
  name: string,
): PodContainer | undefined {
  if (sandbox === undefined) return undefined;
  return runtime.containers.find((container) => container.name === name && container.sandboxId === sandbox.id);
}

/** Whether it may have a process: unknown counts, as stopping it is the only safe thing. */
export function mayRun(container: ContainerStatus): boolean {
  return container.state === "RUNNING" || container.state === "UNKNOWN";
}

export function byNewest(
  a: { readonly attempt: number; readonly createdAtMs: number },
  b: { readonly attempt: number; readonly createdAtMs: number },
): number {
  return b.createdAtMs - a.createdAtMs || b.attempt - a.attempt;
}
