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
  const lists = ["initContainers", "ephemeralContainers"] as const;
  const list = lists.find((each) => pod.spec[each]?.some(({ name }) => name === container)) ?? "containers";
  events.eventAt(pod, `spec.${list}{${container}}`, type, reason, message);
}
