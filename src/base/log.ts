export type LogLevel = "debug" | "info" | "warn" | "error";

/** One part's log. Fields are plain values; an Error under `error` keeps its stack. */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
  /** The same log under a part's name, for example `node`. */
  part(name: string): Log;
}

/** Where finished lines go. */
export type LogSink = (level: LogLevel, part: string, message: string, fields: Record<string, unknown>) => void;

/** A log that hands every line to `sink`. */
export function logTo(sink: LogSink, part = "knarr"): Log {
  const at =
    (level: LogLevel) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      sink(level, part, message, fields);
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    part: (name) => logTo(sink, name),
  };
}

/** Drops everything: for tests that assert on behaviour, not on words. */
export const silentLog: Log = logTo(() => {});
