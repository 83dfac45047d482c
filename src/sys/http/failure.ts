import type { HttpResponse } from "#base/http.ts";

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

/** The answer to a request body longer than `bytesMax`. */
export function entityTooLarge(bytesMax: number): HttpResponse {
  return failure(413, "RequestEntityTooLarge", `Request entity too large: limit is ${bytesMax}`);
}
