import type { HttpResponse } from "#base/http.ts";
import type { DeleteOptions } from "#api/meta/options.ts";
import { Status } from "#api/meta/status.ts";
import type { AnyKind } from "#api/object.ts";
import { validate } from "../admission.ts";
import type { User } from "../authentication.ts";
import type { Call, ServerContext } from "../context.ts";
import { deleteOptions } from "../delete_options.ts";
import { planDeletion } from "../deletion.ts";
import { respondObject, respondPlain } from "../respond.ts";
import { successStatus } from "../status_error.ts";
import { changeStored, type Changed } from "../stored_object.ts";

/** Kinds whose deletion answers with the object as it was; others answer with a Status (ReturnDeletedObject). */
const RETURNS_OBJECT = new Set([
  "persistentvolumeclaims",
  "persistentvolumes",
  "pods",
  "podtemplates",
  "resourcequotas",
  "serviceaccounts",
  "services",
]);

/** DELETE of an object. */
export async function remove(call: Call): Promise<HttpResponse> {
  const { server, kind, info, user, request } = call;
  const options = deleteOptions(request);
  const changed = await deleteObject(server, kind, info, options, user);
  const { metadata } = changed.object;
  if (!changed.removed || (kind.group === "" && RETURNS_OBJECT.has(kind.plural))) {
    return respondObject(call, 200, changed.entry ?? changed.object);
  }
  return respondPlain(request, 200, successStatus(kind, info.name, metadata.uid ?? ""), Status);
}

/** Deletes an object or marks it as being deleted. @throws {StatusError} 404, 409, 403. */
export function deleteObject(
  server: ServerContext,
  kind: AnyKind,
  ref: { readonly namespace: string; readonly name: string },
  options: DeleteOptions,
  user: User,
): Promise<Changed> {
  const dryRun = (options.dryRun?.length ?? 0) > 0;
  return changeStored(server.store, kind, ref, dryRun, async (current) => {
    await validate({
      server,
      kind,
      operation: "DELETE",
      subresource: "",
      namespace: ref.namespace,
      name: ref.name,
      user,
      dryRun,
      object: undefined,
      previous: current,
    });
    return planDeletion(kind, current, options, server.clock.now());
  });
}
