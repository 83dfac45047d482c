import type { PersistentVolume } from "#api/core/persistentvolume.ts";
import { formatTime } from "#api/time.ts";
import type { Clock } from "#base/clock.ts";

/** The volume in another phase of its life, with why it failed if it has. */
export function withPhase(
  volume: PersistentVolume,
  phase: "Available" | "Bound" | "Released" | "Failed",
  clock: Clock,
  message?: string,
): PersistentVolume {
  const lastPhaseTransitionTime = formatTime(clock.now());
  return { ...volume, status: { phase, lastPhaseTransitionTime, ...(message !== undefined && { message }) } };
}
