import type { HttpRequest, HttpResponse } from "#base/http.ts";
import type { AnyKind } from "#api/object.ts";
import type { Verb } from "#api/schema/kind.ts";
import type { User } from "./authentication.ts";
import type { Call, ServerContext, VerbHandler } from "./context.ts";
import type { RequestInfo } from "./request_info.ts";
import { methodNotAllowed, resourceNotFound } from "./status_error.ts";
import { serveSubresource } from "./subresources/table.ts";
import { create } from "./verbs/create.ts";
import { remove } from "./verbs/delete.ts";
import { deletecollection } from "./verbs/deletecollection.ts";
import { get } from "./verbs/get.ts";
import { list } from "./verbs/list.ts";
import { patch } from "./verbs/patch.ts";
import { update } from "./verbs/update.ts";
import { watch } from "./verbs/watch.ts";

const HANDLERS: Partial<Record<Verb, VerbHandler>> = {
  create,
  delete: remove,
  deletecollection,
  get,
  list,
  patch,
  update,
  watch,
};

/** Serves a request about a resource: finds the kind and hands over to the verb or the subresource. */
export async function serveResource(
  server: ServerContext,
  request: HttpRequest,
  info: RequestInfo,
  user: User,
): Promise<HttpResponse> {
  const kind = server.registry.byResource(info.group, info.version, info.resource);
  if (kind === undefined || !isPlaced(kind, info)) throw resourceNotFound();
  const call: Call = { server, request, info: placed(kind, info), user, kind, warnings: [] };
  if (info.subresource !== "") return serveSubresource(call);
  const verb = info.verb as Verb;
  const handler = kind.verbs.includes(verb) ? HANDLERS[verb] : undefined;
  if (handler === undefined) throw methodNotAllowed();
  return handler(call);
}

/** Whether the path names what the verb needs: objects of a namespace are reached through it. */
function isPlaced(kind: AnyKind, info: RequestInfo): boolean {
  if (kind.scope === "Cluster") return info.namespace === "" || kind.plural === "namespaces";
  const needsNamespace = info.name !== "" || info.verb === "create" || info.verb === "deletecollection";
  return info.namespace !== "" || !needsNamespace;
}

function placed(kind: AnyKind, info: RequestInfo): RequestInfo {
  return kind.scope === "Cluster" ? { ...info, namespace: "" } : info;
}
