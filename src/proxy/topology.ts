import type { Endpoint } from "#api/discovery/endpointslice.ts";

/** Where a proxy stands, as hints of endpoints name it. */
export interface Standpoint {
  readonly nodeName: string;
  /** Undefined when the node has no label for it. */
  readonly zone: string | undefined;
}

/**
 * Those of a port's ready endpoints that this node is to use (kube-proxy's pkg/proxy/topology.go): the ones for the node if
 * every endpoint names nodes and one names this; else the ones for its zone if every endpoint names zones and one
 * names that; else all.
 */
export function preferred<Ready extends { readonly endpoint: Endpoint }>(
  ready: readonly Ready[],
  { nodeName, zone }: Standpoint,
): readonly Ready[] {
  return named(ready, nodeName, "forNodes") ?? (zone ? named(ready, zone, "forZones") : undefined) ?? ready;
}

/** The endpoints that name a place; undefined when one of all names none, or none names this. */
function named<Ready extends { readonly endpoint: Endpoint }>(
  ready: readonly Ready[],
  place: string,
  hints: "forNodes" | "forZones",
): readonly Ready[] | undefined {
  const namesOf = ({ endpoint }: Ready) => endpoint.hints?.[hints] ?? [];
  if (ready.some((each) => namesOf(each).length === 0)) return undefined;
  const here = ready.filter((each) => namesOf(each).some(({ name }) => name === place));
  return here.length > 0 ? here : undefined;
}
