import type { Clock } from "#base/clock.ts";
import type { HttpRequest, HttpResponse } from "#base/http.ts";
import { DurationError, durationMs } from "#api/duration.ts";
import { LIMITS } from "../limits.ts";
import type { RequestInfo } from "../request_info.ts";
import { badRequest, requestTimeout } from "../status_error.ts";
import { isLongRunning } from "./request_class.ts";

/**
 * `work`, unless it takes longer than the client or the server allows. What it was doing goes on, and its outcome is
 * dropped: a write that was handed over cannot be called back.
 *
 * @throws {StatusError} 504 Timeout.
 */
export function withinDeadline(clock: Clock, deadlineMs: number, work: Promise<HttpResponse>): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(deadlineMs, () => reject(requestTimeout()));
    const settled = <T>(settle: (value: T) => void) => {
      return (value: T) => {
        timer.cancel();
        settle(value);
      };
    };
    work.then(settled(resolve), settled(reject));
  });
}

/**
 * Milliseconds a request may take: what `?timeout=` says if that is less than the server's own bound. Undefined when
 * there is none: for long-running requests, and for those of this process, whose sender ends with us.
 *
 * @throws {StatusError} 400 when the timeout is no duration.
 */
export function deadlineOf(request: HttpRequest, info: RequestInfo): number | undefined {
  if (request.peer.internalUser !== undefined || isLongRunning(info)) return undefined;
  const text = request.query.get("timeout");
  if (text === null || text === "") return LIMITS.requestTimeoutMs;
  const askedMs = durationOf(text);
  return askedMs > 0 ? Math.min(askedMs, LIMITS.requestTimeoutMs) : LIMITS.requestTimeoutMs;
}

function durationOf(text: string): number {
  try {
    return durationMs(text);
  } catch (error) {
    if (error instanceof DurationError)
      throw badRequest(`invalid timeout specified in the request URL - ${error.message}`);
    throw error;
  }
}
