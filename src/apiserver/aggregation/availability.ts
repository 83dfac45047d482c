import type { APIServiceCondition } from "#api/apiregistration/apiservice.ts";
import type { APIResourceList } from "#api/meta/discovery.ts";
import type { RemoteApi } from "./remote_api.ts";
import { basePath } from "./remote_api.ts";
import { identityHeaders } from "./identity_headers.ts";
import type { ServiceDoor, ServiceTarget } from "./service_door.ts";
import { isProblem, targetOf, type Lookup } from "./service_target.ts";

type Told = Pick<APIServiceCondition, "type" | "status" | "reason" | "message">;

/** What a look at an API service found: its condition, and what the server said it serves if it answered. */
export interface Finding {
  readonly condition: Told;
  readonly target?: ServiceTarget;
  readonly list?: APIResourceList;
}

/** How long a server may take to say what it serves (kube-aggregator waits for 5 s and gives up after 6). */
const ANSWER_MS = 5_000;
const LIST_BYTES_MAX = 3 * 1024 * 1024;

/** Who looks. Members of system:masters may everywhere. */
export const AGGREGATOR = {
  name: "system:kube-aggregator",
  uid: "",
  groups: ["system:masters"],
  extra: {},
} as const;

const AVAILABLE: Told = { type: "Available", status: "True", reason: "Passed", message: "all checks passed" };
export const LOCAL: Told = {
  type: "Available",
  status: "True",
  reason: "Local",
  message: "Local APIServices are always available",
};

/** Looks whether an API service leads to a server that answers; without a door none does. Never rejects. */
export async function lookAt(remote: RemoteApi, lookup: Lookup, door: ServiceDoor | undefined): Promise<Finding> {
  const target = targetOf(lookup, remote.service);
  if (isProblem(target)) return { condition: { type: "Available", status: "False", ...target } };
  if (door === undefined) {
    const message = "this API server has no connection to Services";
    return { condition: { type: "Available", status: "False", reason: "FailedDiscoveryCheck", message } };
  }
  const url = `https://${target.host}:${target.port}${basePath(remote)}`;
  try {
    const headers = { accept: "application/json", ...identityHeaders(AGGREGATOR) };
    const signal = AbortSignal.timeout(ANSWER_MS);
    const response = await door.send(target, { method: "GET", target: basePath(remote), headers, signal });
    const bytes = await response.bytes();
    if (response.status < 200 || response.status >= 300) throw new Error(`bad status from ${url}: ${response.status}`);
    if (bytes.length > LIST_BYTES_MAX) throw new Error(`too long an answer from ${url}`);
    return { condition: AVAILABLE, target, list: listIn(bytes) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `failing or missing response from ${url}: ${why}`;
    return { condition: { type: "Available", status: "False", reason: "FailedDiscoveryCheck", message } };
  }
}

/** What a server says it serves; nothing when it does not say it in a form we know. */
function listIn(bytes: Uint8Array): APIResourceList {
  try {
    const list = JSON.parse(new TextDecoder().decode(bytes)) as Partial<APIResourceList> | null;
    return { resources: [], ...list } as unknown as APIResourceList;
  } catch {
    return { resources: [] } as unknown as APIResourceList;
  }
}
