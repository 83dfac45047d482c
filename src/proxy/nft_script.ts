import { chainOf, hasValues, spreadsUpTo, type Elements, type MapName, type Spread } from "./nft_elements.ts";

/** The names and networks the table is made for. */
export interface TableOptions {
  /** Name of the table, unique on the machine. */
  readonly table: string;
  /** The pods' bridge on this node. */
  readonly bridge: string;
  /** The pods' network over all nodes. */
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** The link that leads to other nodes' pods; absent when there are none. */
  readonly nodeLink?: string | undefined;
}

const MAPS: Readonly<Record<MapName, string>> = {
  services: "map services { type ipv4_addr . inet_proto . inet_service : verdict; }",
  nodeports: "map nodeports { type inet_proto . inet_service : verdict; }",
  endpoints: "map endpoints { typeof ip daddr . ip protocol . th dport . numgen random mod 16 : ip daddr . th dport; }",
  nodeport_endpoints:
    "map nodeport_endpoints { typeof ip protocol . th dport . numgen random mod 16 : ip daddr . th dport; }",
  refused: "set refused { type ipv4_addr . inet_proto . inet_service; }",
  refused_nodeports: "set refused_nodeports { type inet_proto . inet_service; }",
  hairpin: "set hairpin { type ipv4_addr . ipv4_addr; }",
};

/**
 * The script that makes the table anew, whole or not at all, with chains for ports of up to `countMax` endpoints.
 *
 * Who is sent where is decided once per connection in the nat hooks; what has no endpoint is refused at once in the
 * filter hooks, which nat cannot do; what is for a service address that nobody knows never leaves by another link.
 */
export function fullScript(options: TableOptions, elements: Elements, countMax: number): string {
  const { table, bridge, podCidr, serviceCidr, nodeLink } = options;
  // Who asked a node port here is to be answered through here. What is for a Service's address keeps its sender.
  const toOtherNodes =
    nodeLink === undefined
      ? ""
      : `\n  oifname "${nodeLink}" ct status dnat ct original ip daddr != ${serviceCidr} masquerade`;
  return `table ip ${table}
delete table ip ${table}
table ip ${table} {
 ${Object.values(MAPS).join("\n ")}
${spreadsUpTo(countMax)
  .map((spread) => ` ${spreadChain(spread)}\n`)
  .join("")}
 chain dispatch {
  ip daddr . ip protocol . th dport vmap @services
  fib daddr type local ip protocol . th dport vmap @nodeports
 }
 chain deny {
  meta l4proto tcp reject with tcp reset
  reject
 }
 chain refuse { ip daddr . ip protocol . th dport @refused goto deny; }
 chain refuse_local { fib daddr type local ip protocol . th dport @refused_nodeports goto deny; }
 chain prerouting { type nat hook prerouting priority -100; policy accept; jump dispatch; }
 chain output { type nat hook output priority -100; policy accept; jump dispatch; }
 chain postrouting {
  type nat hook postrouting priority 100; policy accept;
  ip saddr . ip daddr @hairpin masquerade
  oifname "${bridge}" ct status dnat ip saddr 127.0.0.0/8 masquerade
  oifname "${bridge}" ct status dnat ip saddr != ${podCidr} masquerade${toOtherNodes}
  ip saddr ${podCidr} oifname != "${bridge}" ip daddr != ${podCidr} masquerade
 }
 chain input_filter { type filter hook input priority -110; policy accept; jump refuse_local; }
 chain output_filter { type filter hook output priority -110; policy accept; jump refuse; jump refuse_local; }
 chain forward_filter { type filter hook forward priority -110; policy accept; jump refuse; }
 chain leave_filter {
  type filter hook postrouting priority 150; policy accept;
  ip daddr ${serviceCidr} oifname != "${bridge}" drop
 }
}
${additions(table, elements)}`;
}

function spreadChain(spread: Spread): string {
  const key = spread.nodePort ? "ip protocol . th dport" : "ip daddr . ip protocol . th dport";
  const slot = spread.sticky ? `jhash ip saddr mod ${spread.count} seed 0xfeed` : `numgen random mod ${spread.count}`;
  const map = spread.nodePort ? "nodeport_endpoints" : "endpoints";
  return `chain ${chainOf(spread)} { meta l4proto { tcp, udp } dnat ip addr . port to ${key} . ${slot} map @${map}; }`;
}

/**
 * The script from one state to the next: only what differs, in one transaction, so that no connection meets a
 * half-made state. It never adds a chain: nft 1.0.6 cannot read back the key types of the maps that such a chain
 * would look into ("conflicting protocols specified: tcp vs. th"), so chains come with the whole table.
 *
 * @returns An empty text when nothing differs.
 */
export function deltaScript(table: string, from: Elements, to: Elements): string {
  return `${removals(table, difference(from, to))}${additions(table, difference(to, from))}`;
}

/** The elements of `a` that `b` does not hold, or holds with another value. */
function difference(a: Elements, b: Elements): Elements {
  return new Map(
    Array.from(a, ([map, entries]) => {
      const other = b.get(map);
      return [map, new Map([...entries].filter(([key, value]) => other?.get(key) !== value))] as const;
    }),
  );
}

function additions(table: string, elements: Elements): string {
  return statements("add", table, elements, (map, key, value) => (hasValues(map) ? `${key} : ${value}` : key));
}

function removals(table: string, elements: Elements): string {
  return statements("delete", table, elements, (_map, key) => key);
}

function statements(
  verb: "add" | "delete",
  table: string,
  elements: Elements,
  text: (map: MapName, key: string, value: string) => string,
): string {
  return Array.from(elements, ([map, entries]) => {
    if (entries.size === 0) return "";
    const list = Array.from(entries, ([key, value]) => text(map, key, value)).join(", ");
    return `${verb} element ip ${table} ${map} { ${list} }\n`;
  }).join("");
}
