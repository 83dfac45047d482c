import type { HttpResponse } from "#base/http.ts";
import type { Entry } from "#store/store.ts";
import type { Call } from "../context.ts";
import { deleteOptions } from "../delete_options.ts";
import { objectOf, storagePrefix } from "../object_codec.ts";
import { respondList } from "../respond_list.ts";
import { selectionOf } from "../selection.ts";
import { StatusError } from "../status_error.ts";
import { viewsOf } from "../stored_view.ts";
import { deleteObject } from "./delete.ts";

/** DELETE of a collection: every object it selects, each on its own. Answers with the objects as they were. */
export async function deletecollection(call: Call): Promise<HttpResponse> {
  const { server, kind, info, request, user } = call;
  const options = deleteOptions(request);
  const selection = selectionOf(call.served, request.query);
  const range = server.store.range(storagePrefix(kind, info.namespace));
  const entries = await viewsOf(kind, range.entries);
  const selected = entries.filter((entry) => selection.everything || selection.matches(objectOf(entry)));
  const remove = async (entry: Entry): Promise<void> => {
    const { name = "", namespace = "" } = objectOf(entry).metadata;
    try {
      await deleteObject(server, kind, { name, namespace }, options, user);
    } catch (error) {
      // Gone meanwhile; a conflict is with the preconditions of the request, and refuses it.
      if (!(error instanceof StatusError) || error.reason !== "NotFound") throw error;
    }
  };
  await Promise.all(selected.map(remove));
  return respondList(call, selected, { resourceVersion: String(server.store.revision) });
}
