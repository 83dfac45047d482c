import { formatDuration } from "#api/duration.ts";

/** A duration as Go prints it in kubelet's messages, to the millisecond: `10s`, `1m20s`, `1.512s`. */
export function goDuration(durationMs: number): string {
  return formatDuration(BigInt(Math.round(durationMs)) * 1_000_000n);
}
