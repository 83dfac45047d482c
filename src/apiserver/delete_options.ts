import type { HttpRequest } from "#base/http.ts";
import { decodable } from "#api/codec/decode.ts";
import { DeleteOptions } from "#api/meta/options.ts";
import { invalidError, notSupportedError, type FieldError } from "#api/schema/errors.ts";
import { decodeAs, hasBody, readDocument } from "./body.ts";
import { badRequest, invalid } from "./status_error.ts";
import { dryRunErrors } from "./write_options.ts";

const TARGET = decodable(DeleteOptions);
const POLICIES: readonly string[] = ["Foreground", "Background", "Orphan", "nil"];

/** The options of a deletion: the body when there is one, else the query. */
export function deleteOptions(request: HttpRequest): DeleteOptions {
  const options = hasBody(request) ? decodeAs(TARGET, readDocument(request, TARGET)) : fromQuery(request.query);
  checkDeleteOptions(options);
  return options;
}

/** @throws {StatusError} 422 when they contradict themselves (apimachinery validation.ValidateDeleteOptions). */
export function checkDeleteOptions(options: DeleteOptions): void {
  const errors: FieldError[] = dryRunErrors(options.dryRun ?? []);
  const { propagationPolicy: policy, orphanDependents } = options;
  if (orphanDependents !== undefined && policy !== undefined) {
    errors.push(
      invalidError("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set"),
    );
  }
  if (policy !== undefined && policy !== "" && !POLICIES.slice(0, 3).includes(policy)) {
    errors.push(notSupportedError("propagationPolicy", policy, POLICIES));
  }
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", errors);
}

function fromQuery(query: URLSearchParams): DeleteOptions {
  const grace = query.get("gracePeriodSeconds");
  const policy = query.get("propagationPolicy");
  const orphan = query.get("orphanDependents");
  if (grace !== null && !/^-?[0-9]+$/.test(grace)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`);
  }
  return {
    ...(grace !== null && { gracePeriodSeconds: Number(grace) }),
    ...(policy !== null && { propagationPolicy: policy }),
    ...(orphan !== null && { orphanDependents: orphan === "true" || orphan === "1" }),
    dryRun: query.getAll("dryRun"),
  };
}
