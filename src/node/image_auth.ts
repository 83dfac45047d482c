import type { Pod } from "#api/core/pod.ts";
import type { ImageReference } from "./image_reference.ts";
import type { References } from "./references.ts";
import type { ImageAuth } from "./runtime.ts";

/** The credentials the pod's pull secrets hold for an image's registry; the longest matching entry wins. */
export async function imageAuth(
  pod: Pod,
  image: ImageReference,
  references: References,
): Promise<ImageAuth | undefined> {
  let best: { readonly length: number; readonly auth: ImageAuth } | undefined;
  for (const { name = "" } of pod.spec.imagePullSecrets ?? []) {
    // A secret that is missing or broken is no reason not to try: the image may be public.
    const values = await references.read({ kind: "Secret", namespace: pod.metadata.namespace, name }).catch(() => {});
    for (const [server, auth] of Object.entries(registries(values))) {
      const prefix = server
        .replace(/^https?:\/\//, "")
        .replace(/\/(v[12]\/?)?$/, "")
        .replace(/^index\.docker\.io/, "docker.io");
      const matches = image.repository === prefix || image.repository.startsWith(`${prefix}/`);
      if (matches && prefix.length > (best?.length ?? -1)) best = { length: prefix.length, auth };
    }
  }
  return best?.auth;
}

function registries(values: ReadonlyMap<string, Uint8Array> | void): Record<string, ImageAuth> {
  const file = values?.get(".dockerconfigjson") ?? values?.get(".dockercfg");
  if (file === undefined) return {};
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(file));
    const auths = isRecord(parsed) && isRecord(parsed["auths"]) ? parsed["auths"] : parsed;
    if (!isRecord(auths)) return {};
    return Object.fromEntries(
      Object.entries(auths).flatMap(([server, entry]) => (isRecord(entry) ? [[server, toAuth(entry)]] : [])),
    );
  } catch {
    return {};
  }
}

function toAuth(entry: Readonly<Record<string, unknown>>): ImageAuth {
  const pick = (name: string) => (typeof entry[name] === "string" ? entry[name] : undefined);
  const [username, password] = [pick("username"), pick("password")];
  const [auth, identityToken] = [pick("auth"), pick("identitytoken")];
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(auth !== undefined && { auth }),
    ...(identityToken !== undefined && { identityToken }),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
