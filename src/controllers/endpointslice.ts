import { Limiter } from "#base/limiter.ts";
import { Node } from "#api/core/node.ts";
import { Pod } from "#api/core/pod.ts";
import { Service } from "#api/core/service.ts";
import { EndpointSlice } from "#api/discovery/endpointslice.ts";
import { isApiError } from "#client/client.ts";
import { controller, watching } from "#client/controller.ts";
import { MANAGED_BY_LABEL, MANAGER, planSlices } from "./endpointslice_plan.ts";
import { podsWith } from "./pod_selection.ts";
import { isNamespaceTerminating } from "./replicas.ts";
import { endpointsPaceMs, isManaged, servicesOf } from "./service_endpoints.ts";

/** Slices written at a time: a hundred at once would keep everybody else waiting for a third of a second. */
const WRITTEN_AT_A_TIME = 8;

/** Shows in slices which pods serve each Service: what proxies and DNS go by. */
export const endpointSliceController = controller({
  name: "endpointslice",
  component: "endpoint-slice-controller",
  for: Service,
  owns: [EndpointSlice],
  watches: [
    watching(Pod, servicesOf),
    // Only a node's zone is shown, and it is looked up whenever a Service is reconciled.
    watching(Node, () => []),
  ],

  // Each of ten thousand pods would bring a pass over all of them.
  paceMs: (service, { owned }) =>
    endpointsPaceMs(owned(EndpointSlice, service).reduce((sum, { endpoints }) => sum + endpoints.length, 0)),

  async reconcile(service, { client, cache, owned }) {
    if (!isManaged(service) || service.metadata.deletionTimestamp !== undefined) return;
    const pods = podsWith(cache(Pod), service.metadata.namespace, service.spec.selector ?? {});
    const existing = owned(EndpointSlice, service).filter(
      ({ metadata }) => metadata.labels?.[MANAGED_BY_LABEL] === MANAGER && metadata.deletionTimestamp === undefined,
    );
    const plan = planSlices(service, pods, existing, (name) => cache(Node).get({ name }));
    const writes = new Limiter(WRITTEN_AT_A_TIME);
    // First what serves, then what no longer does: a pod that moves between slices is never in none.
    try {
      await Promise.all(plan.create.map((draft) => writes.run(() => client.create(EndpointSlice, draft))));
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
    }
    await Promise.all(plan.update.map((slice) => writes.run(() => client.update(EndpointSlice, slice))));
    for (const { metadata } of plan.remove) {
      const { uid } = metadata;
      await client.delete(EndpointSlice, metadata, { preconditions: { uid } }).catch((error: unknown) => {
        if (!isApiError(error, "NotFound")) throw error;
      });
    }
  },
});
