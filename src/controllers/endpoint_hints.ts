import type { Service } from "#api/core/service.ts";
import type { EndpointHints } from "#api/discovery/endpointslice.ts";

const HINTS_ANNOTATION = "service.kubernetes.io/topology-aware-hints";
const MODE_ANNOTATION = "service.kubernetes.io/topology-mode";

/** Where an endpoint is, and whether its conditions say `ready`. */
export interface EndpointPlace {
  readonly ready: boolean;
  readonly nodeName: string | undefined;
  readonly zone: string | undefined;
}

/**
 * From where an endpoint is to be preferred, as its Service's `trafficDistribution` has it: only ready endpoints say so,
 * and each says its own place (k8s.io/endpointslice/trafficdist). Topology mode Auto goes before the field; the shares of
 * zones that it would give are not worked out here.
 */
export function hintsOf(service: Service, { ready, nodeName, zone }: EndpointPlace): EndpointHints | undefined {
  const { trafficDistribution } = service.spec;
  if (!ready || trafficDistribution === undefined || isAuto(service)) return undefined;
  const forZones = zone ? [{ name: zone }] : [];
  const forNodes = trafficDistribution === "PreferSameNode" && nodeName ? [{ name: nodeName }] : [];
  if (forZones.length + forNodes.length === 0) return undefined;
  return { ...(forZones.length > 0 && { forZones }), ...(forNodes.length > 0 && { forNodes }) };
}

function isAuto({ metadata }: Service): boolean {
  const mode = metadata.annotations?.[HINTS_ANNOTATION] ?? metadata.annotations?.[MODE_ANNOTATION];
  return mode === "Auto" || mode === "auto";
}
