import { formatTime, parseTime } from "#api/time.ts";
import { sleep, type Clock } from "#base/clock.ts";
import type { Files } from "#sys/files.ts";
import { parseLogLine, type LogLine } from "./log_line.ts";

/** What of a log is wanted (PodLogOptions). */
export interface LogSelection {
  readonly timestamps: boolean;
  /** Nothing older, milliseconds since the Unix epoch. */
  readonly sinceMs?: number | undefined;
  /** Only so many lines from the end. */
  readonly tailLines?: number | undefined;
  readonly limitBytes?: number | undefined;
  readonly stream: "stdout" | "stderr" | "all";
  /** Goes on while this is true: the container runs and may write more. Absent: only what is there. */
  readonly more?: (() => boolean) | undefined;
}

export interface LogDoors {
  readonly files: Files;
  readonly clock: Clock;
}

const CHUNK_BYTES = 64 * 1024;
/** How often a followed file is looked at. */
const POLL_MS = 100;
const LINE_END = 10;

/** A container's log as clients get it, piece by piece, until its end or until `signal` aborts. */
export async function* readLog(
  { files, clock }: LogDoors,
  path: string,
  selection: LogSelection,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { tailLines, limitBytes = Infinity, more } = selection;
  let offset = tailLines === undefined ? 0 : await tailOffset(files, path, tailLines);
  let rest = new Uint8Array();
  let left = limitBytes;
  while (!signal.aborted) {
    // Asked before reading: what was written before the container ended is then still read.
    const goesOn = more?.() ?? false;
    const chunk = await files.readRange(path, offset, CHUNK_BYTES).catch(() => new Uint8Array());
    offset += chunk.length;
    const { whole, remainder } = splitLines(rest, chunk);
    rest = remainder;
    const text = whole.map((line) => render(line, selection)).join("");
    let bytes = new TextEncoder().encode(text);
    if (bytes.length > left) bytes = bytes.subarray(0, left);
    left -= bytes.length;
    if (bytes.length > 0) yield bytes;
    if (left <= 0) return;
    if (chunk.length > 0) continue;
    if (!goesOn) return;
    const size = await files.stat(path).then(
      (stat) => stat.sizeBytes,
      () => 0,
    );
    // Shorter than what was read: the file was rotated, and a new one has begun.
    if (size < offset) offset = 0;
    else await sleep(clock, POLL_MS, signal).catch(() => {});
  }
}

/** Bytes up to the last line end as lines, and what is after it. */
function splitLines(rest: Uint8Array, chunk: Uint8Array): { whole: LogLine[]; remainder: Uint8Array<ArrayBuffer> } {
  const bytes = new Uint8Array(rest.length + chunk.length);
  bytes.set(rest);
  bytes.set(chunk, rest.length);
  const end = bytes.lastIndexOf(LINE_END) + 1;
  const lines = new TextDecoder().decode(bytes.subarray(0, end)).split("\n").slice(0, -1);
  return { whole: lines.flatMap((line) => parseLogLine(line) ?? []), remainder: bytes.slice(end) };
}

function render({ time, stream, text, partial }: LogLine, selection: LogSelection): string {
  const { sinceMs, timestamps } = selection;
  if (selection.stream !== "all" && selection.stream !== stream) return "";
  if (sinceMs !== undefined && time < formatTime(sinceMs).slice(0, -1) && parseTime(time) < sinceMs) return "";
  return `${timestamps ? `${time} ` : ""}${text}${partial ? "" : "\n"}`;
}

/** Where the last `lines` lines of a file begin, found from its end. */
async function tailOffset(files: Files, path: string, lines: number): Promise<number> {
  const { sizeBytes } = await files.stat(path).catch(() => ({ sizeBytes: 0 }));
  if (lines <= 0) return sizeBytes;
  let found = 0;
  for (let end = sizeBytes; end > 0;) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const chunk = await files.readRange(path, start, end - start);
    for (let at = chunk.length - 1; at >= 0; at--) {
      if (chunk[at] !== LINE_END || start + at === sizeBytes - 1) continue;
      if (++found === lines) return start + at + 1;
    }
    end = start;
  }
  return 0;
}
