import type { JsonObject } from "#api/json.ts";
import { AGGREGATOR } from "./availability.ts";
import { identityHeaders } from "./identity_headers.ts";
import { basePath, type RemoteApi } from "./remote_api.ts";
import type { ServiceDoor, ServiceTarget } from "./service_door.ts";

/** How long a server may take to describe itself. */
const ANSWER_MS = 10_000;
/** A document longer than this is left out: it would be kept, and put together with ours. */
const DOCUMENT_BYTES_MAX = 16 * 1024 * 1024;

/** Asks a server how it describes its API. What it does not say, or not in a form we know, is left as it was. */
export async function fetchDocuments(remote: RemoteApi, target: ServiceTarget, door: ServiceDoor): Promise<void> {
  const ask = async (path: string, tag = "") => {
    const headers = {
      accept: "application/json",
      ...(tag !== "" && { "if-none-match": tag }),
      ...identityHeaders(AGGREGATOR),
    };
    const signal = AbortSignal.timeout(ANSWER_MS);
    const response = await door.send(target, { method: "GET", target: path, headers, signal });
    const bytes = await response.bytes();
    const isUsable = response.status === 200 && bytes.length <= DOCUMENT_BYTES_MAX;
    return isUsable ? { text: new TextDecoder().decode(bytes), tag: response.headers["etag"] ?? "" } : undefined;
  };
  // One without the other is of use, too.
  await Promise.allSettled([fetchV3(remote, ask), fetchV2(remote, ask)]);
}

type Ask = (path: string, tag?: string) => Promise<{ readonly text: string; readonly tag: string } | undefined>;

async function fetchV3(remote: RemoteApi, ask: Ask): Promise<void> {
  const key = basePath(remote).slice(1);
  const index = await ask("/openapi/v3");
  const { paths } = JSON.parse(index?.text ?? "{}") as {
    readonly paths?: Readonly<Record<string, { readonly serverRelativeURL?: string }>>;
  };
  const url = paths?.[key]?.serverRelativeURL;
  if (url === undefined || !url.startsWith("/")) return;
  const hash = new URLSearchParams(url.split("?")[1]).get("hash") ?? "";
  if (hash !== "" && hash === remote.openApiV3?.hash) return;
  const document = await ask(url);
  if (document === undefined) return;
  JSON.parse(document.text); // What is no JSON is not passed on.
  remote.openApiV3 = { json: document.text, hash: hash === "" ? document.tag.replaceAll(/[^0-9A-Za-z]/g, "") : hash };
}

async function fetchV2(remote: RemoteApi, ask: Ask): Promise<void> {
  const document = await ask("/openapi/v2", remote.openApiV2Tag);
  if (document === undefined) return;
  const swagger = JSON.parse(document.text) as {
    readonly paths?: JsonObject;
    readonly definitions?: JsonObject;
  };
  const base = basePath(remote);
  const isOurs = ([path]: [string, unknown]) => path === base || path.startsWith(`${base}/`);
  const paths = Object.fromEntries(Object.entries(swagger.paths ?? {}).filter(isOurs));
  remote.openApiV2 = { paths, definitions: swagger.definitions ?? {} } as JsonObject;
  remote.openApiV2Tag = document.tag;
}
