import type { HttpHandler } from "#base/http.ts";
import { logTo, type Log } from "#base/log.ts";

/** The API as somebody sees it until death: what is still asked for then is never heard. */
export function mortal(handle: HttpHandler, death: AbortSignal): HttpHandler {
  return async (request) => {
    death.throwIfAborted();
    return handle(request);
  };
}

/** The log likewise. */
export function mortalLog(log: Log, name: string, death: AbortSignal): Log {
  return logTo((level, part, message, fields) => {
    if (!death.aborted) log.part(part)[level](message, fields);
  }, name);
}
