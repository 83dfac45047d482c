import type { HttpResponse } from "#base/http.ts";

/** What upstream's mux answers for a path nobody serves. */
export function notFoundPage(): HttpResponse {
  const headers = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };
  return { status: 404, headers, body: new TextEncoder().encode("404 page not found\n") };
}
