import type { PersistentVolume } from "#api/core/persistentvolume.ts";

/** The volume in another phase of its life, with why it failed if it has. The server notes when. */
export function withPhase(
  { status, ...volume }: PersistentVolume,
  phase: "Available" | "Bound" | "Released" | "Failed",
  message?: string,
): PersistentVolume {
  const { message: _message, reason: _reason, ...rest } = status;
  return { ...volume, status: { ...rest, phase, ...(message !== undefined && { message }) } };
}
