import type { HttpResponse } from "#base/http.ts";
import { invalidError, type FieldError } from "#api/schema/errors.ts";
import { TimeError, parseTime } from "#api/time.ts";
import type { Call } from "../context.ts";
import type { LogRequest } from "#api/core/container_ref.ts";
import { truthy } from "../request_info.ts";
import { badRequest, invalid } from "../status_error.ts";
import { connectionsOf, containerOf, podOf, targetOf } from "./container_choice.ts";

/** GET of `pods/NAME/log`: the container's output, as a stream when it is to be followed. */
export async function log(call: Call): Promise<HttpResponse> {
  const { request, info } = call;
  const pod = podOf(call);
  const container = containerOf(pod, request.query.get("container") ?? "");
  const options = logRequest(request.query, info.name);
  if ((pod.spec.nodeName ?? "") === "") return NOTHING_YET;
  return connectionsOf(call).logs(targetOf(pod, container), options, request.signal);
}

/** A pod without a node has written nothing. */
const NOTHING_YET: HttpResponse = { status: 200, headers: { "content-type": "text/plain" }, body: new Uint8Array() };

/** @throws {StatusError} 400, 422 (core/validation ValidatePodLogOptions). */
function logRequest(query: URLSearchParams, pod: string): LogRequest {
  const [tailLines, sinceSeconds, limitBytes] = [
    integer(query, "tailLines"),
    integer(query, "sinceSeconds"),
    integer(query, "limitBytes"),
  ];
  const sinceTime = query.get("sinceTime") ?? undefined;
  const stream = query.get("stream") ?? "All";
  const errors: FieldError[] = [];
  if (tailLines !== undefined && tailLines < 0) {
    errors.push(invalidError("tailLines", tailLines, "must be greater than or equal to 0"));
  }
  if (limitBytes !== undefined && limitBytes < 1) {
    errors.push(invalidError("limitBytes", limitBytes, "must be greater than 0"));
  }
  if (sinceSeconds !== undefined && sinceTime !== undefined) {
    errors.push({
      type: "FieldValueForbidden",
      field: "",
      message: "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
    });
  }
  if (sinceSeconds !== undefined && sinceSeconds < 1) {
    errors.push(invalidError("sinceSeconds", sinceSeconds, "must be greater than 0"));
  }
  if (errors.length > 0) throw invalid({ group: "", kind: "PodLogOptions" }, pod, errors);
  if (sinceTime !== undefined) checkTime(sinceTime);
  const flag = (name: string) => truthy(query.get(name));
  const flags = { follow: flag("follow"), previous: flag("previous"), timestamps: flag("timestamps") };
  return { ...flags, tailLines, sinceSeconds, limitBytes, sinceTime, stream };
}

function checkTime(text: string): void {
  try {
    parseTime(text);
  } catch (error) {
    if (error instanceof TimeError) throw badRequest(error.message);
    throw error;
  }
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}
