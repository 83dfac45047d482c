import type { HttpRequest, HttpResponse } from "#base/http.ts";
import { Binding } from "#api/core/binding.ts";
import type { AnyKind } from "#api/object.ts";
import type { Verb } from "#api/schema/kind.ts";
import type { User } from "./authentication.ts";
import { COMPUTED, computedHandler } from "./computed.ts";
import type { Call, ServerContext, VerbHandler } from "./context.ts";
import type { RequestInfo } from "./request_info.ts";
import { REVIEWS } from "./reviews.ts";
import { respondError, warned } from "./respond.ts";
import { StatusError, methodNotAllowed, resourceNotFound } from "./status_error.ts";
import { bind } from "./subresources/binding.ts";
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
  const call = callOf(server, request, info, user);
  const response = await answerOf(call).catch((error: unknown) => {
    if (error instanceof StatusError) return respondError(request, error);
    throw error;
  });
  return warned(response, call.warnings);
}

async function answerOf(call: Call): Promise<HttpResponse> {
  const { served, info } = call;
  if (info.subresource !== "") return serveSubresource(call);
  const verb = info.verb as Verb;
  const handler = served.verbs.includes(verb) && isAimed(info) ? handlerOf(served, verb) : undefined;
  if (handler === undefined) throw methodNotAllowed();
  return handler(call);
}

/** Whether the path leads to what the method is for: objects are made in a collection, and changed one by one. */
function isAimed({ verb, name }: RequestInfo): boolean {
  if (verb === "create") return name === "";
  return name !== "" || (verb !== "update" && verb !== "patch");
}

/** The call a request is, when there is such a resource. @throws {StatusError} 404. */
export function callOf(server: ServerContext, request: HttpRequest, info: RequestInfo, user: User): Call {
  const served = server.registry.byResource(info.group, info.version, info.resource);
  if (served === undefined || !isPlaced(served, info)) throw resourceNotFound();
  const kind = served.conversion?.stored ?? served;
  const warnings = served.deprecation === undefined ? [] : [served.deprecation];
  return { server, request, info: placed(kind, info), user, kind, served, warnings };
}

function handlerOf(kind: AnyKind, verb: Verb): VerbHandler | undefined {
  const computed = COMPUTED.get(kind);
  if (computed !== undefined) return computedHandler(computed, verb);
  if (verb !== "create") return HANDLERS[verb];
  return kind === Binding ? bind : (REVIEWS.get(kind) ?? create);
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
