import type { HttpResponse } from "#base/http.ts";
import type { Call, VerbHandler } from "../context.ts";
import { badRequest, methodNotAllowed, resourceNotFound } from "../status_error.ts";
import { get } from "../verbs/get.ts";
import { patch } from "../verbs/patch.ts";
import { update } from "../verbs/update.ts";
import { bind } from "./binding.ts";
import { evict } from "./eviction.ts";
import { finalize } from "./finalize.ts";
import { log } from "./log.ts";
import { proxy } from "./proxy.ts";
import { requestToken } from "./token.ts";
import { getScale, patchScale, updateScale } from "./scale.ts";

type Handlers = Readonly<Record<string, VerbHandler>>;

/** Connections come by way of an HTTP Upgrade (`connect.ts`). */
const needsUpgrade: VerbHandler = async () => {
  throw badRequest("Upgrade request required");
};
const CONNECTION: Handlers = { create: needsUpgrade, get: needsUpgrade };

/** What is served below an object, by subresource and verb. */
const HANDLERS: Readonly<Record<string, Handlers>> = {
  attach: CONNECTION,
  binding: { create: bind },
  approval: { get, patch, update },
  ephemeralcontainers: { get, patch, update },
  eviction: { create: evict },
  exec: CONNECTION,
  finalize: { update: finalize },
  log: { get: log },
  portforward: CONNECTION,
  proxy: { create: proxy, delete: proxy, get: proxy, options: proxy, patch: proxy, update: proxy },
  resize: { get, patch, update },
  scale: { get: getScale, patch: patchScale, update: updateScale },
  token: { create: requestToken },
  status: { get, patch, update },
};

/** Serves `RESOURCE/NAME/SUBRESOURCE`. @throws {StatusError} 404, 405. */
export function serveSubresource(call: Call): Promise<HttpResponse> {
  const { kind, info } = call;
  if (!Object.hasOwn(kind.subresources, info.subresource)) throw resourceNotFound();
  const handler = HANDLERS[info.subresource]?.[info.verb];
  if (handler === undefined) throw methodNotAllowed();
  return handler(call);
}
