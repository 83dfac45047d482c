import { AGE, NAME, column } from "../columns.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { Column } from "../schema/kind.ts";
import type { IngressSpec } from "./ingress.ts";
import type { IngressStatus } from "./ingress_status.ts";

interface IngressLike {
  readonly metadata: ObjectMeta;
  readonly spec: IngressSpec;
  readonly status: IngressStatus;
}

/** At most three hosts; how many more there are counts rules, with hosts or without. */
function hostsText({ spec }: IngressLike): string {
  const rules = spec.rules ?? [];
  const hosts = rules.map((rule) => rule.host ?? "").filter((host) => host !== "");
  if (hosts.length === 0) return "*";
  return hosts.slice(0, 3).join(",") + (hosts.length > 3 ? ` + ${rules.length - 3} more...` : "");
}

function addressText({ status }: IngressLike): string {
  const addresses = (status.loadBalancer.ingress ?? []).map(({ ip, hostname }) => ip || hostname || "");
  return [...new Set(addresses.filter((address) => address !== ""))].toSorted().join(",");
}

export const INGRESS_COLUMNS: readonly Column<IngressLike>[] = [
  NAME,
  column("Class", "string", "Which controller serves it.", ({ spec }) => spec.ingressClassName ?? "<none>"),
  column("Hosts", "string", "Hosts it answers for.", hostsText),
  column("Address", "string", "Where it is reached.", addressText),
  column("Ports", "string", "Ports it is reached at.", ({ spec }) => (spec.tls?.length ? "80, 443" : "80")),
  AGE,
];
