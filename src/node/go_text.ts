/** Go's spellings of values that stand in kubelet's messages. */

/** A duration as Go prints it: `10s`, `1m20s`, `1.5s`, `250ms`. */
export function goDuration(durationMs: number): string {
  if (durationMs === 0) return "0s";
  if (durationMs < 1) return `${trim(durationMs * 1000)}µs`;
  if (durationMs < 1000) return `${trim(durationMs)}ms`;
  const hours = Math.floor(durationMs / 3_600_000);
  const minutes = Math.floor((durationMs % 3_600_000) / 60_000);
  const seconds = `${trim((durationMs % 60_000) / 1000)}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

function trim(value: number): string {
  return String(Number(value.toFixed(3)));
}

/** A string in Go's %q for plain text. */
export function goQuote(text: string): string {
  return JSON.stringify(text);
}

/** The API's time: RFC 3339 in UTC with whole seconds. */
export function apiTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** The API's micro time. */
export function apiMicroTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}
