import { Endpoints } from "#api/core/endpoints.ts";
import { Service } from "#api/core/service.ts";
import { EndpointSlice } from "#api/discovery/endpointslice.ts";
import { isApiError } from "#client/client.ts";
import { controller, watching, type Context } from "#client/controller.ts";
import { MIRROR_MANAGER, mirrorOf, planMirror } from "./endpointslice_mirror.ts";
import { MANAGED_BY_LABEL } from "./endpointslice_plan.ts";
import { isNamespaceTerminating } from "./replicas.ts";

const SKIP_LABEL = "endpointslice.kubernetes.io/skip-mirror";
const LEADER_ANNOTATION = "control-plane.alpha.kubernetes.io/leader";

/** Shows in slices, too, what somebody wrote into Endpoints by hand for a Service without a selector. */
export const endpointSliceMirroringController = controller({
  name: "endpointslice-mirroring",
  component: "endpoint-slice-mirroring-controller",
  for: Endpoints,
  owns: [EndpointSlice],
  watches: [
    watching(Service, ({ metadata }, _previous, { cache }) => (cache(Endpoints).get(metadata) ? [metadata] : [])),
  ],

  async reconcile(endpoints, context) {
    const { client, events, owned } = context;
    const existing = owned(EndpointSlice, endpoints).filter(
      ({ metadata }) =>
        metadata.labels?.[MANAGED_BY_LABEL] === MIRROR_MANAGER && metadata.deletionTimestamp === undefined,
    );
    const { slices, skipped, max } = isMirrored(endpoints, context)
      ? mirrorOf(endpoints)
      : { slices: [], skipped: 0, max: 0 };
    if (skipped > 0) {
      const message = `A max of ${max} addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped} addresses were skipped`;
      events.event(endpoints, "Warning", "TooManyAddressesToMirror", message);
    }
    const plan = planMirror(slices, existing);
    try {
      await Promise.all(plan.create.map((draft) => client.create(EndpointSlice, draft)));
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
    }
    await Promise.all(plan.update.map((slice) => client.update(EndpointSlice, slice)));
    for (const { metadata } of plan.remove) {
      await client.delete(EndpointSlice, metadata, { preconditions: { uid: metadata.uid } }).catch((error: unknown) => {
        if (!isApiError(error, "NotFound")) throw error;
      });
    }
  },
});

/** Not what a controller of ours keeps, nor what is only a lock, nor what is not wanted. */
function isMirrored({ metadata }: Endpoints, { cache }: Context): boolean {
  if (metadata.deletionTimestamp !== undefined || metadata.labels?.[SKIP_LABEL] === "true") return false;
  if (metadata.annotations?.[LEADER_ANNOTATION] !== undefined) return false;
  const service = cache(Service).get(metadata);
  return service !== undefined && service.spec.selector === undefined;
}
