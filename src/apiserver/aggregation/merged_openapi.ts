import type { JsonObject } from "#api/json.ts";
import { swaggerToProtobuf } from "#api/openapi/protobuf.ts";
import type { OpenApiDocument } from "#api/openapi/openapi.ts";
import type { ServerContext } from "../context.ts";
import type { OpenApiSource } from "../discovery/openapi.ts";
import { basePath, type RemoteApi } from "./remote_api.ts";

/** Documents put together, kept until one of those they are made of is another. */
interface Merged {
  readonly key: string;
  readonly document: OpenApiDocument;
  protobuf?: Uint8Array;
}

const mergedV2 = new WeakMap<ServerContext, Merged>();

/** This server's own description, with those of the servers behind APIServices. */
export function openApiOf(server: ServerContext): OpenApiSource {
  const { openApi, aggregation } = server;
  const remotes = aggregation.remotes.filter(({ openApiV2, openApiV3 }) => openApiV2 ?? openApiV3);
  if (remotes.length === 0) return openApi;
  return {
    index: () => withRemotePaths(openApi.index(), remotes),
    v3: (group, version) => aggregation.remoteOf(basePath({ group, version }))?.openApiV3 ?? openApi.v3(group, version),
    v2: () => v2Of(server, remotes).document,
    v2Protobuf() {
      const merged = v2Of(server, remotes);
      merged.protobuf ??= swaggerToProtobuf(JSON.parse(merged.document.json) as JsonObject);
      return merged.protobuf;
    },
  };
}

function withRemotePaths(own: OpenApiDocument, remotes: readonly RemoteApi[]): OpenApiDocument {
  const { paths } = JSON.parse(own.json) as { readonly paths: JsonObject };
  const added = remotes.flatMap((remote) => {
    if (remote.openApiV3 === undefined) return [];
    const path = basePath(remote).slice(1);
    return [[path, { serverRelativeURL: `/openapi/v3/${path}?hash=${remote.openApiV3.hash}` }]];
  });
  const hash = [own.hash, ...remotes.map(({ openApiV3 }) => openApiV3?.hash ?? "")].join("-");
  return { json: JSON.stringify({ paths: { ...paths, ...Object.fromEntries(added) } }), hash };
}

function v2Of(server: ServerContext, remotes: readonly RemoteApi[]): Merged {
  const own = server.openApi.v2();
  const key = [
    own.hash,
    ...remotes.map(({ service, openApiV2Tag }) => `${service.metadata.name}:${openApiV2Tag}`),
  ].join("-");
  const known = mergedV2.get(server);
  if (known?.key === key) return known;
  const swagger = JSON.parse(own.json) as { paths: JsonObject; definitions: JsonObject };
  for (const { openApiV2 } of remotes) {
    Object.assign(swagger.paths, openApiV2?.["paths"]);
    // What both describe is ours to describe.
    swagger.definitions = { ...(openApiV2?.["definitions"] as JsonObject | undefined), ...swagger.definitions };
  }
  const merged: Merged = {
    key,
    document: { json: JSON.stringify(swagger), hash: key.replaceAll(/[^0-9A-Za-z]/g, "") },
  };
  mergedV2.set(server, merged);
  return merged;
}
