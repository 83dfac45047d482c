import type { HttpRequest } from "#base/http.ts";
import type { User } from "../authentication.ts";

type Headers = Record<string, string | readonly string[]>;

/** Of one connection only (RFC 9110, 7.6.1), or ours to say. */
const NOT_FORWARDED = new Set([
  "authorization",
  "connection",
  "content-length",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Who asks, in the headers an aggregated server believes when they come with the front-proxy certificate. */
export function identityHeaders(user: Pick<User, "name" | "uid" | "groups" | "extra">): Headers {
  const extra = Object.entries(user.extra).map(([key, values]) => [
    `x-remote-extra-${encodeURIComponent(key)}`,
    values,
  ]);
  return {
    "x-remote-user": user.name,
    ...(user.uid !== "" && { "x-remote-uid": user.uid }),
    ...(user.groups.length > 0 && { "x-remote-group": user.groups }),
    ...Object.fromEntries(extra),
  };
}

/** The headers of a request on its way to an aggregated server: with who asks. */
export function forwardedHeaders(request: HttpRequest, user: User): Headers {
  return { ...passedHeaders(request), ...identityHeaders(user) };
}

/** The headers of a request on its way on: without what is only this connection's. */
export function passedHeaders(request: HttpRequest): Headers {
  const headers: Headers = {};
  for (const [name, value] of Object.entries(request.headers)) {
    // A client may not say who it is itself.
    if (value !== undefined && !NOT_FORWARDED.has(name) && !name.startsWith("x-remote-")) headers[name] = value;
  }
  const before = request.headers["x-forwarded-for"];
  const { address } = request.peer;
  headers["x-forwarded-for"] = before === undefined ? address : `${before}, ${address}`;
  if (request.headers["host"] !== undefined) headers["x-forwarded-host"] = request.headers["host"];
  return headers;
}

/** The headers of an answer on its way back; its length is counted anew. */
export function returnedHeaders(headers: HttpRequest["headers"]): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !NOT_FORWARDED.has(name));
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
