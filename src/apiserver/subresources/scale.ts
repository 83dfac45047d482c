import type { HttpResponse } from "#base/http.ts";
import { checkConfiguration } from "#api/apply/apply.ts";
import type { TrackedKind } from "#api/apply/track_update.ts";
import { Scale } from "#api/autoscaling/scale.ts";
import { decodable } from "#api/codec/decode.ts";
import { documentOf, type Document } from "#api/codec/document.ts";
import type { JsonObject } from "#api/json.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { invalidError } from "#api/schema/errors.ts";
import { decodeAs, readDocument } from "../body.ts";
import type { Call } from "../context.ts";
import type { RequestInfo } from "../request_info.ts";
import { objectOf } from "../object_codec.ts";
import { respondPlain } from "../respond.ts";
import { badRequest, invalid } from "../status_error.ts";
import { changeStored, readEntry, type Outcome } from "../stored_object.ts";
import { patchOptions, patcher } from "../verbs/patch.ts";
import { applied, isApply, readConfiguration } from "../verbs/apply.ts";
import { refusing } from "../verbs/patch_refusals.ts";
import { checkPreconditions, outcomeOf } from "../verbs/update.ts";
import { writeOptions, type WriteOptions } from "../write_options.ts";
import { scaleFields, setReplicas } from "./scale_fields.ts";

const SCALE = decodable(Scale);
const SCALE_KIND: TrackedKind = {
  group: "autoscaling",
  version: "v1",
  kind: "Scale",
  apiVersion: "autoscaling/v1",
  schema: Scale,
  subresources: {},
};

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
  if (isApply(call.request)) return applyScale(call);
  const { apply } = patcher(call, SCALE.schema);
  return changeScale(call, patchOptions(call), (current) =>
    documentOf(apply(current as unknown as JsonObject, SCALE.schema)),
  );
}

/**
 * Server-side apply of a Scale: of the one field it has, in the object that is scaled. Others own that field as they
 * own it there (apimachinery managedfields/scalehandler.go).
 */
async function applyScale(call: Call): Promise<HttpResponse> {
  const { kind, info, server, request } = call;
  const options = patchOptions(call);
  const configuration = readConfiguration(call, options);
  refusing(() => checkConfiguration(SCALE_KIND, configuration));
  const { spec, metadata } = decodeAs(SCALE, documentOf(configuration), options.fieldValidation, call.warnings);
  checkName(info, metadata.name);
  const parent = { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name: info.name } };
  if (spec.replicas !== undefined) setReplicas(kind, parent, spec.replicas);
  const changed = await changeStored(server.store, kind, info, options.dryRun, async (current) => {
    const next = await applied(call, options, current, parent, SCALE_KIND.apiVersion);
    return outcomeOf(call, next.options, next.object, current);
  });
  const object = changed.entry === undefined ? changed.object : objectOf(changed.entry);
  return respondPlain(request, 200, scaleOf(kind, object), Scale);
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
  checkName(info, name);
  const replicas = scale.spec.replicas ?? 0;
  if (replicas < 0) {
    const error = invalidError("spec.replicas", replicas, "must be greater than or equal to 0");
    throw invalid({ group: "autoscaling", kind: "Scale" }, info.name, [error]);
  }
  checkPreconditions(kind, { ...current, metadata: { ...scale.metadata, name } }, current);
  const next = structuredClone(current);
  setReplicas(kind, next, replicas);
  return outcomeOf(call, options, next, current);
}

function checkName({ name }: RequestInfo, given: string | undefined): void {
  if (given === undefined || given === name) return;
  throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
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
