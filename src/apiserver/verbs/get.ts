import type { HttpResponse } from "#base/http.ts";
import type { Call } from "../context.ts";
import { parseResourceVersion } from "../resource_version.ts";
import { respondObject } from "../respond.ts";
import { tooLargeResourceVersion } from "../status_error.ts";
import { readEntry } from "../stored_object.ts";

/** GET of one object: always the newest, which is not older than any resourceVersion asked for. */
export async function get(call: Call): Promise<HttpResponse> {
  const { server, kind, info, request } = call;
  const version = parseResourceVersion(request.query.get("resourceVersion"));
  if (version !== undefined && version > server.store.revision) {
    throw tooLargeResourceVersion(version, server.store.revision);
  }
  return respondObject(call, 200, await readEntry(server.store, kind, info.namespace, info.name));
}
