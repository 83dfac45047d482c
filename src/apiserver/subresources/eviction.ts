import type { HttpResponse } from "#base/http.ts";
import { decodable } from "#api/codec/decode.ts";
import { Eviction } from "#api/policy/eviction.ts";
import { decodeAs, readDocument } from "../body.ts";
import type { Call } from "../context.ts";
import { checkDeleteOptions } from "../delete_options.ts";
import { respondPlain } from "../respond.ts";
import { badRequest } from "../status_error.ts";
import { deleteObject } from "../verbs/delete.ts";

const TARGET = decodable(Eviction);

/** POST to `pods/NAME/eviction`: a deletion that respects disruption budgets. There are none yet, so it always may. */
export async function evict(call: Call): Promise<HttpResponse> {
  const { request, info, server, user, kind } = call;
  const eviction = decodeAs(TARGET, readDocument(request, TARGET));
  const { name = info.name } = eviction.metadata;
  if (name !== info.name) {
    throw badRequest(`name in URL does not match name in Eviction object: ${info.name} != ${name}`);
  }
  const options = { ...eviction.deleteOptions };
  if (request.query.getAll("dryRun").length > 0) options.dryRun = request.query.getAll("dryRun");
  checkDeleteOptions(options);
  await deleteObject(server, kind, info, options, user);
  return respondPlain(request, 201, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
}
