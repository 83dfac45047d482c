import type { Pod } from "#api/core/pod.ts";
import type { EventRecorder, EventType } from "#client/events.ts";

/** Tells of one container of a pod, as `kubectl describe pod` shows it. */
export function containerEvent(
  events: EventRecorder,
  pod: Pod,
  container: string,
  type: EventType,
  reason: string,
  message: string,
): void {
  const init = pod.spec.initContainers?.some((each) => each.name === container);
  events.eventAt(pod, `spec.${init ? "initContainers" : "containers"}{${container}}`, type, reason, message);
}
