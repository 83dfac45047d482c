import type { Pod } from "#api/core/pod.ts";
import type { KeyToPath } from "#api/core/volume_items.ts";
import type { DownwardAPIVolumeFile } from "#api/core/volume_items.ts";
import type { VolumeProjection } from "#api/core/volume_projected.ts";
import type { Volume } from "#api/core/volume.ts";
import { ConfigError } from "../config_error.ts";
import { fieldValue, resourceValue, type PodPlace } from "../downward.ts";
import { missing, type Reference, type References } from "../references.ts";
import type { ServiceAccountTokens } from "./service_account_tokens.ts";

/** One file of a volume that is written from the API. */
export interface PayloadFile {
  readonly content: Uint8Array;
  readonly mode: number;
}

/** Files by path below the volume. */
export type Payload = ReadonlyMap<string, PayloadFile>;

export interface PayloadSource {
  readonly pod: Pod;
  readonly place: PodPlace;
  readonly references: References;
  readonly tokens: ServiceAccountTokens;
}

const MODE_DEFAULT = 0o644;

/**
 * The files of a configMap, secret, downwardAPI or projected volume, as the API has them now; undefined for other kinds.
 *
 * @throws {ConfigError} If something it needs is not there.
 */
export async function volumePayload(volume: Volume, source: PayloadSource): Promise<Payload | undefined> {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap) return fromReference("ConfigMap", configMap.name ?? "", configMap, configMap.defaultMode, source);
  if (secret) return fromReference("Secret", secret.secretName ?? "", secret, secret.defaultMode, source);
  if (downwardAPI) return fromDownward(downwardAPI.items ?? [], downwardAPI.defaultMode, source);
  if (projected === undefined) return undefined;
  const files = new Map<string, PayloadFile>();
  for (const each of projected.sources ?? []) {
    for (const [path, file] of await fromProjection(each, projected.defaultMode, source)) files.set(path, file);
  }
  return files;
}

/** What a pod's volumes are written from, so that a change of it can be followed. */
export function volumeReferences(volume: Volume, namespace: string): Reference[] {
  const references: Reference[] = [];
  const { configMap, secret, projected } = volume;
  const add = (kind: Reference["kind"], name = "") => references.push({ kind, namespace, name });
  if (configMap) add("ConfigMap", configMap.name);
  if (secret) add("Secret", secret.secretName);
  for (const each of projected?.sources ?? []) {
    if (each.configMap) add("ConfigMap", each.configMap.name);
    if (each.secret) add("Secret", each.secret.name);
  }
  return references;
}

/** Whether a volume tells of labels or annotations of its pod, which may change while it runs. */
export function tellsOfMetadata({ downwardAPI, projected }: Volume): boolean {
  const sources = [downwardAPI, ...(projected?.sources ?? []).map((each) => each.downwardAPI)];
  const paths = sources.flatMap((source) => source?.items ?? []).map(({ fieldRef }) => fieldRef?.fieldPath ?? "");
  return paths.some((path) => /^metadata\.(labels|annotations)/.test(path));
}

async function fromProjection(
  { configMap, secret, downwardAPI, serviceAccountToken }: VolumeProjection,
  mode: number | undefined,
  source: PayloadSource,
): Promise<Payload> {
  if (configMap) return fromReference("ConfigMap", configMap.name ?? "", configMap, mode, source);
  if (secret) return fromReference("Secret", secret.name ?? "", secret, mode, source);
  if (downwardAPI) return fromDownward(downwardAPI.items ?? [], mode, source);
  if (serviceAccountToken) {
    const token = await source.tokens.get(source.pod, serviceAccountToken);
    const content = new TextEncoder().encode(token);
    return new Map([[checked(serviceAccountToken.path), { content, mode: mode ?? MODE_DEFAULT }]]);
  }
  throw new ConfigError("this kind of projected source is not supported");
}

interface Selected {
  readonly items?: readonly KeyToPath[] | undefined;
  readonly optional?: boolean | undefined;
}

async function fromReference(
  kind: Reference["kind"],
  name: string,
  { items, optional }: Selected,
  defaultMode = MODE_DEFAULT,
  { pod, references }: PayloadSource,
): Promise<Payload> {
  const reference = { kind, namespace: pod.metadata.namespace, name };
  const values = await references.read(reference);
  if (values === undefined) {
    if (optional) return new Map();
    throw missing(reference);
  }
  if (!items?.length) return new Map(Array.from(values, ([key, content]) => [key, { content, mode: defaultMode }]));
  const files = new Map<string, PayloadFile>();
  for (const { key, path, mode } of items) {
    const content = values.get(key);
    if (content) files.set(checked(path), { content, mode: mode ?? defaultMode });
    else if (!optional) {
      throw new ConfigError(`references non-existent ${kind === "Secret" ? "secret" : "config"} key: ${key}`);
    }
  }
  return files;
}

function fromDownward(
  items: readonly DownwardAPIVolumeFile[],
  defaultMode = MODE_DEFAULT,
  { pod, place }: PayloadSource,
): Payload {
  const files = new Map<string, PayloadFile>();
  for (const { path, mode, fieldRef, resourceFieldRef } of items) {
    let text = "";
    if (fieldRef) text = fieldValue(pod, fieldRef.fieldPath, place);
    else if (resourceFieldRef) text = resourceValue(pod, undefined, resourceFieldRef, place);
    files.set(checked(path), { content: new TextEncoder().encode(text), mode: mode ?? defaultMode });
  }
  return files;
}

/** Refuses a path that leaves the volume, or that would collide with the links of the volume itself. */
function checked(path: string): string {
  const parts = path.split("/");
  if (path.startsWith("/") || parts.includes("..") || path.startsWith("..")) {
    throw new ConfigError(`invalid path: ${path} must be relative and must not contain ".."`);
  }
  return parts.filter((part) => part !== "" && part !== ".").join("/");
}
