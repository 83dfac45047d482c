import type { HttpResponse } from "#base/http.ts";
import type { BodyRefusal } from "./collected_body.ts";
import type { ListenerLimits } from "./limits.ts";

/**
 * A failure that the listener itself has to report, in the form every Kubernetes client decodes:
 * a `Status` object of apimachinery's metav1.
 */
export function failure(code: number, reason: string, message: string): HttpResponse {
  const status = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    code,
  };
  return {
    status: code,
    headers: { "content-type": "application/json" },
    body: Buffer.from(`${JSON.stringify(status)}\n`),
  };
}

/** What the listener refuses before anybody looks at the request, by the code of the answer. */
export function unreadable(code: 400 | 408 | 431): HttpResponse {
  const [reason, message] = {
    400: ["BadRequest", "the request is no HTTP"],
    408: ["Timeout", "the request took too long to arrive"],
    431: ["RequestHeaderFieldsTooLarge", "the request's header fields are too large"],
  }[code] as [string, string];
  return failure(code, reason, message);
}

/** The answer to a request whose body was not taken. */
export function refusedBody(why: BodyRefusal, { requestBytesMax }: ListenerLimits): HttpResponse {
  if (why === "too slow") return unreadable(408);
  if (why === "too large") return entityTooLarge(requestBytesMax);
  const refusal = failure(429, "TooManyRequests", "Too many requests, please try again later.");
  return { ...refusal, headers: { ...refusal.headers, "retry-after": "1" } };
}

/** The answer to a request body longer than `bytesMax`. */
export function entityTooLarge(bytesMax: number): HttpResponse {
  return failure(413, "RequestEntityTooLarge", `Request entity too large: limit is ${bytesMax}`);
}
