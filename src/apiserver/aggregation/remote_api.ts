import type { APIService } from "#api/apiregistration/apiservice.ts";
import type { APIResource } from "#api/meta/discovery.ts";
import type { JsonObject } from "#api/json.ts";

/** A document another server describes its API with. */
export interface RemoteDocument {
  readonly json: string;
  readonly hash: string;
}

/** A version of an API group that another server answers for, as it was when it was last asked. */
export interface RemoteApi {
  readonly group: string;
  readonly version: string;
  service: APIService;
  /** Whether the last look found it well; requests are refused otherwise. */
  available: boolean;
  /** What it last said it serves. */
  resources: readonly APIResource[];
  openApiV3: RemoteDocument | undefined;
  /** Only what concerns this group and version. */
  openApiV2: JsonObject | undefined;
  openApiV2Tag: string;
}

export function newRemoteApi(service: APIService): RemoteApi {
  const { group = "", version = "" } = service.spec;
  const available = service.status.conditions?.some(({ type, status }) => type === "Available" && status === "True");
  return {
    group,
    version,
    service,
    available: available ?? false,
    resources: [],
    openApiV3: undefined,
    openApiV2: undefined,
    openApiV2Tag: "",
  };
}

/** The path its requests are below. */
export function basePath({ group, version }: Pick<RemoteApi, "group" | "version">): string {
  return group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
}
