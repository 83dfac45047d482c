import type { HttpResponse } from "#base/http.ts";
import { Namespace } from "#api/core/namespace.ts";
import type { Call } from "../context.ts";
import { isFinished } from "../finished.ts";
import { respondObject } from "../respond.ts";
import { sentObject } from "../sent_object.ts";
import { changeStored } from "../stored_object.ts";
import { checkPreconditions } from "../verbs/update.ts";
import { writeOptions } from "../write_options.ts";

/** PUT of `namespaces/NAME/finalize`: changes `spec.finalizers` and nothing else; an emptied namespace is removed. */
export async function finalize(call: Call): Promise<HttpResponse> {
  const { request, info, server, kind } = call;
  const options = writeOptions(request, "UpdateOptions");
  const sent = await sentObject(call, options.fieldValidation);
  const { finalizers } = (sent as unknown as Namespace).spec;
  const changed = await changeStored(server.store, kind, info, options.dryRun, (current) => {
    checkPreconditions(kind, sent, current);
    const next = structuredClone(current) as unknown as Namespace;
    if (finalizers === undefined) delete next.spec.finalizers;
    else next.spec.finalizers = finalizers;
    return isFinished(kind, next) ? { remove: next } : { write: next };
  });
  return respondObject(call, 200, changed.entry ?? changed.object);
}
