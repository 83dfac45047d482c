import type { ServiceTable, VirtualPort } from "./service_table.ts";

/** The elements of the table's maps and sets, as text, by map and key. What differs between two states is what is sent. */
export type Elements = ReadonlyMap<MapName, ReadonlyMap<string, string>>;

/** `services`/`nodeports`: verdicts; `endpoints`/`nodeport_endpoints`: slots; the rest are sets (their values are empty). */
export type MapName =
  | "services"
  | "nodeports"
  | "endpoints"
  | "nodeport_endpoints"
  | "refused"
  | "refused_nodeports"
  | "hairpin";

/** How the endpoints of a port are chosen: how many there are, and whether by chance or by client address. */
export interface Spread {
  readonly count: number;
  readonly sticky: boolean;
  readonly nodePort: boolean;
}

/** The chain shared by all ports of the same spread: one chain per Service would load in minutes, not milliseconds. */
export function chainOf({ count, sticky, nodePort }: Spread): string {
  return `${nodePort ? "node" : "cluster"}_${sticky ? "sticky" : "random"}_${count}`;
}

/** Every spread of up to `countMax` endpoints. */
export function spreadsUpTo(countMax: number): Spread[] {
  const spreads: Spread[] = [];
  for (let count = 1; count <= countMax; count++) {
    for (const sticky of [false, true]) for (const nodePort of [false, true]) spreads.push({ count, sticky, nodePort });
  }
  return spreads;
}

/** What the maps should hold for a service table, and how many endpoints its largest port has. */
export function elementsOf(table: ServiceTable): { readonly elements: Elements; readonly countMax: number } {
  const elements = new Map<MapName, Map<string, string>>();
  const put = (map: MapName, key: string, value = "") => {
    const known = elements.get(map) ?? new Map<string, string>();
    elements.set(map, known.set(key, value));
  };
  let countMax = 0;
  for (const port of table.ports) {
    const nodePort = port.address === undefined;
    const key = nodePort ? `${port.protocol} . ${port.port}` : `${port.address} . ${port.protocol} . ${port.port}`;
    if (port.backends.length === 0) {
      put(nodePort ? "refused_nodeports" : "refused", key);
      continue;
    }
    const spread = { count: port.backends.length, sticky: port.sticky, nodePort };
    countMax = Math.max(countMax, spread.count);
    put(nodePort ? "nodeports" : "services", key, `goto ${chainOf(spread)}`);
    putBackends(port, key, nodePort, put);
  }
  return { elements, countMax };
}

function putBackends(
  port: VirtualPort,
  key: string,
  nodePort: boolean,
  put: (map: MapName, key: string, value?: string) => void,
): void {
  port.backends.forEach((backend, slot) => {
    put(nodePort ? "nodeport_endpoints" : "endpoints", `${key} . ${slot}`, `${backend.address} . ${backend.port}`);
    put("hairpin", `${backend.address} . ${backend.address}`);
  });
}

/** Whether a map holds values; the others are sets. */
export function hasValues(map: MapName): boolean {
  return map === "services" || map === "nodeports" || map === "endpoints" || map === "nodeport_endpoints";
}
