import type { HttpResponse } from "#base/http.ts";
import { Scale } from "#api/autoscaling/scale.ts";
import { decodable } from "#api/codec/decode.ts";
import { documentOf, type Document } from "#api/codec/document.ts";
import type { JsonObject } from "#api/json.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { invalidError } from "#api/schema/errors.ts";
import { decodeAs, readDocument } from "../body.ts";
import type { Call } from "../context.ts";
import { objectOf } from "../object_codec.ts";
import { respondPlain } from "../respond.ts";
import { badRequest, invalid } from "../status_error.ts";
import { changeStored, readEntry, type Outcome } from "../stored_object.ts";
import { patchOptions, patcher } from "../verbs/patch.ts";
import { checkPreconditions, outcomeOf } from "../verbs/update.ts";
import { writeOptions, type WriteOptions } from "../write_options.ts";
import { scaleFields, setReplicas } from "./scale_fields.ts";

const SCALE = decodable(Scale);

/** GET of `RESOURCE/NAME/scale`. */
export async function getScale(call: Call): Promise<HttpResponse> {
  const { server, kind, info, request } = call;
  return respondPlain(
    request,
    200,
    scaleOf(kind, objectOf(await readEntry(server.store, kind, info.namespace, info.name))),
    Scale,
  );
}

/** PUT of `RESOURCE/NAME/scale`. */
export async function updateScale(call: Call): Promise<HttpResponse> {
  const { request } = call;
  const options = writeOptions(request, "UpdateOptions");
  const document = readDocument(request, SCALE);
  return changeScale(call, options, () => document);
}

/** PATCH of `RESOURCE/NAME/scale`. */
export async function patchScale(call: Call): Promise<HttpResponse> {
  const { apply } = patcher(call, SCALE.schema);
  return changeScale(call, patchOptions(call), (current) =>
    documentOf(apply(current as unknown as JsonObject, SCALE.schema)),
  );
}

/** Writes the scale that `make` makes of the present one into the object. */
async function changeScale(
  call: Call,
  options: WriteOptions,
  make: (current: Scale) => Document,
): Promise<HttpResponse> {
  const { kind, info, server, request } = call;
  const changed = await changeStored(server.store, kind, info, options.dryRun, (current) => {
    const scale = decodeAs(SCALE, make(scaleOf(kind, current)), options.fieldValidation, call.warnings);
    return scaled(call, options, scale, current);
  });
  const object = changed.entry === undefined ? changed.object : objectOf(changed.entry);
  return respondPlain(request, 200, scaleOf(kind, object), Scale);
}

async function scaled(call: Call, options: WriteOptions, scale: Scale, current: KubeObject): Promise<Outcome> {
  const { kind, info } = call;
  const { name = info.name } = scale.metadata;
  if (name !== info.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`);
  }
  const replicas = scale.spec.replicas ?? 0;
  if (replicas < 0) {
    const error = invalidError("spec.replicas", replicas, "must be greater than or equal to 0");
    throw invalid({ group: "autoscaling", kind: "Scale" }, info.name, [error]);
  }
  checkPreconditions(kind, { ...current, metadata: { ...scale.metadata, name } }, current);
  const next = structuredClone(current);
  setReplicas(kind, next, replicas);
  return outcomeOf({ ...call, info: { ...info, subresource: "" } }, options, next, current);
}

/** How many there are to be and are, and which pods they are, as a Scale. */
function scaleOf(kind: AnyKind, object: KubeObject): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const { wanted = 0, actual, selector } = scaleFields(kind, object);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: wanted },
    status: { replicas: actual, ...(selector !== "" && { selector }) },
  };
}
