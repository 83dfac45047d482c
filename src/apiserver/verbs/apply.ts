import type { HttpRequest, HttpResponse } from "#base/http.ts";
import { applyConfiguration, checkConfiguration } from "#api/apply/apply.ts";
import { parseYaml } from "#api/codec/parse_yaml.ts";
import { isJsonObject, type JsonObject } from "#api/json.ts";
import type { KubeObject } from "#api/object.ts";
import { mediaTypeOf } from "../body.ts";
import type { Call } from "../context.ts";
import { storageKey } from "../object_codec.ts";
import { truthy } from "../request_info.ts";
import { respondObject } from "../respond.ts";
import { asStored, restAfterMuch } from "../sent_object.ts";
import { badRequest, conflict } from "../status_error.ts";
import { changeStored } from "../stored_object.ts";
import type { WriteOptions } from "../write_options.ts";
import { createObject, placeInNamespace } from "./create.ts";
import { decodePatched, parsed, refusing } from "./patch_refusals.ts";
import { checkName, outcomeOf } from "./update.ts";

export const APPLY = "application/apply-patch+yaml";

export function isApply(request: HttpRequest): boolean {
  return mediaTypeOf(request) === APPLY;
}

/** Server-side apply: the object is created when there is none. */
export async function apply(call: Call, options: WriteOptions): Promise<HttpResponse> {
  const { kind, info, server } = call;
  const configuration = storedConfiguration(call, options);
  await restAfterMuch(call.request);
  if (info.subresource === "" && server.store.get(storageKey(kind, info.namespace, info.name)) === undefined) {
    const draft = await applied(call, options, undefined, configuration);
    const { uid = "" } = draft.object.metadata;
    if (uid !== "") throw conflict(kind, info.name, absentUid(uid));
    placeInNamespace(kind, draft.object, info.namespace);
    draft.object.metadata.name ??= info.name;
    checkName(draft.object, info.name);
    return respondObject(call, 201, await createObject(call, draft.object, draft.options));
  }
  const changed = await changeStored(server.store, kind, info, options.dryRun, async (current) => {
    const merged = await applied(call, options, current, configuration);
    placeInNamespace(kind, merged.object, info.namespace);
    checkName(merged.object, info.name);
    return outcomeOf(call, merged.options, merged.object, current);
  });
  return respondObject(call, 200, changed.entry ?? changed.object);
}

/** An object as an apply makes it, and the options that carry who manages what of it. */
interface AppliedObject {
  readonly object: KubeObject;
  readonly options: WriteOptions;
}

/**
 * What applying a configuration of the stored kind makes of the object there is.
 *
 * @param namedVersion What refusals call the version of the managers' fields, where it is not the kind's.
 * @throws {StatusError} 409, 400.
 */
export async function applied(
  call: Call,
  options: WriteOptions,
  live: KubeObject | undefined,
  configuration: JsonObject,
  namedVersion?: string,
): Promise<AppliedObject> {
  const { kind, info, request, server } = call;
  const result = refusing(() =>
    applyConfiguration(kind, live, configuration, {
      manager: options.manager,
      force: truthy(request.query.get("force")),
      subresource: info.subresource,
      nowMs: server.clock.now(),
      namedVersion,
    }),
  );
  await restAfterMuch(request);
  const object = decodePatched(call, kind, options, { value: result.object, problems: [] }, () =>
    JSON.stringify(result.object),
  );
  await restAfterMuch(request);
  return { object, options: { ...options, applied: { managedFields: result.managedFields } } };
}

/**
 * The configuration of the body.
 *
 * @throws {StatusError} 400 when it is no object, or when validation is strict and it names a key twice.
 */
export function readConfiguration({ request, warnings }: Call, { fieldValidation }: WriteOptions): JsonObject {
  const { value, problems } = parsed(() => parseYaml(new TextDecoder().decode(request.body)));
  if (!isJsonObject(value)) throw badRequest("error decoding YAML: the configuration is not an object");
  const repeated = problems.map((problem) => `error converting YAML to JSON: ${problem}`);
  if (fieldValidation === "Warn") warnings.push(...repeated);
  if (fieldValidation === "Strict" && repeated.length > 0) {
    throw badRequest(`error strict decoding YAML: ${repeated.join(", ")}`);
  }
  return value;
}

/** The configuration of the body as the version that is stored. */
function storedConfiguration(call: Call, options: WriteOptions): JsonObject {
  const configuration = readConfiguration(call, options);
  const { served } = call;
  if (served.conversion === undefined) return configuration;
  refusing(() => checkConfiguration(served, configuration));
  return asStored(served, configuration as unknown as KubeObject) as unknown as JsonObject;
}

function absentUid(uid: string): string {
  return `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
}
