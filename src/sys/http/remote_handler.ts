import type { HttpHandler, HttpTransport } from "#base/http.ts";
import { streamOf } from "#base/stream_body.ts";

/** A server elsewhere as if it were here. Who asks is shown by the connection, not by the request's `peer`. */
export function remoteHandler(send: HttpTransport): HttpHandler {
  return async ({ method, path, query, headers, body, signal }) => {
    const search = query.toString();
    const abort = new AbortController();
    const present = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const response = await send({
      method,
      target: search === "" ? path : `${path}?${search}`,
      headers: Object.fromEntries(present),
      ...(body.byteLength > 0 && { body }),
      signal: AbortSignal.any([signal, abort.signal]),
    });
    const answered = Object.entries(response.headers).map(([name, value]) => [name, value ?? ""]);
    return {
      status: response.status,
      headers: Object.fromEntries(answered) as Record<string, string>,
      body: streamOf((gone) => {
        gone.addEventListener("abort", () => abort.abort(), { once: true });
        return response.body;
      }),
    };
  };
}
