import { logTo, type Log } from "#base/log.ts";

/** A log of one line per message on standard error: time, level, part, message, fields as JSON. */
export function lineLog(write: (line: string) => void, now: () => number): Log {
  return logTo((level, part, message, fields) => {
    if (level === "debug") return;
    const entries = Object.entries(fields).map(([key, value]) => [key, value instanceof Error ? value.stack : value]);
    const rest = entries.length === 0 ? "" : ` ${JSON.stringify(Object.fromEntries(entries))}`;
    write(`${new Date(now()).toISOString()} ${level} ${part} ${message}${rest}\n`);
  });
}
