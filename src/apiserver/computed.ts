import type { HttpResponse } from "#base/http.ts";
import { ComponentStatus } from "#api/core/componentstatus.ts";
import { NodeMetrics } from "#api/metrics/nodemetrics.ts";
import { PodMetrics } from "#api/metrics/podmetrics.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import type { Verb } from "#api/schema/kind.ts";
import { componentStatuses } from "./component_status.ts";
import type { Call, ServerContext, VerbHandler } from "./context.ts";
import { nodeMetrics, podMetrics } from "./metrics.ts";
import { respondObject } from "./respond.ts";
import { respondObjects } from "./respond_list.ts";
import { selectionOf } from "./selection.ts";
import type { StatusError } from "./status_error.ts";

/** Where the objects of a kind come from that are not stored but made up when somebody asks. */
export interface ComputedObjects {
  /**
   * The objects of a namespace (of all, when it is empty).
   *
   * @param isAsked Whether the object that this one is made for is asked for: same name, same labels.
   */
  list(server: ServerContext, namespace: string, isAsked: (about: KubeObject) => boolean): Promise<KubeObject[]>;
  /** What to say when there is no object of this name. */
  absent(namespace: string, name: string): StatusError;
}

/** Kinds that can be read, but neither written nor watched. */
export const COMPUTED: ReadonlyMap<AnyKind, ComputedObjects> = new Map<AnyKind, ComputedObjects>([
  [ComponentStatus, componentStatuses],
  [NodeMetrics, nodeMetrics],
  [PodMetrics, podMetrics],
]);

/** How a kind of them serves a verb. */
export function computedHandler(source: ComputedObjects, verb: Verb): VerbHandler | undefined {
  if (verb === "get") return (call) => getComputed(call, source);
  if (verb === "list") return (call) => listComputed(call, source);
  return undefined;
}

async function getComputed(call: Call, source: ComputedObjects): Promise<HttpResponse> {
  const { namespace, name } = call.info;
  const [found] = await source.list(call.server, namespace, ({ metadata }) => metadata.name === name);
  if (found === undefined) throw source.absent(namespace, name);
  return respondObject(call, 200, found);
}

async function listComputed(call: Call, source: ComputedObjects): Promise<HttpResponse> {
  const { request, server, info } = call;
  const { matches } = selectionOf(call.served, request.query);
  const objects = await source.list(server, info.namespace, matches);
  return respondObjects(call, objects, {});
}
