import type { Container, EphemeralContainer } from "#api/core/container.ts";
import type { Pod } from "#api/core/pod.ts";
import type { ContainerStatus } from "#api/core/container_status.ts";

/** Every container a pod asks for: those that prepare, those that work, those that were added for debugging. */
export function allContainers({ spec }: Pod): (Container | EphemeralContainer)[] {
  return [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
}

/** The container of this name; names are unique in a pod. */
export function containerNamed(pod: Pod, name: string): Container | EphemeralContainer | undefined {
  return allContainers(pod).find((container) => container.name === name);
}

/** Whether it was added to the running pod for debugging: it is started once, and the pod's state is not about it. */
export function isEphemeral({ spec }: Pod, name: string): boolean {
  return spec.ephemeralContainers?.some((container) => container.name === name) ?? false;
}

/** The container whose processes this one joins, or "": only those added for debugging name one. */
export function targetOf(container: Container | EphemeralContainer): string {
  return ("targetContainerName" in container && container.targetContainerName) || "";
}

/** What was reported of the container of this name. */
export function reportedStatus({ status }: Pod, name: string): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = status;
  const all = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  return all.find((reported) => reported.name === name);
}
