import type { HttpRequest, HttpResponse } from "#base/http.ts";
import type { User } from "./authentication.ts";
import type { ServerContext } from "./context.ts";

/** Everything that is not about a resource: discovery, health, version. */
export async function serveNonResource(
  _server: ServerContext,
  _request: HttpRequest,
  _user: User,
): Promise<HttpResponse> {
  return notFoundPage();
}

/** What upstream's mux answers for a path nobody serves. */
export function notFoundPage(): HttpResponse {
  const headers = { "content-type": "text/plain; charset=utf-8" };
  return { status: 404, headers, body: new TextEncoder().encode("404 page not found\n") };
}
