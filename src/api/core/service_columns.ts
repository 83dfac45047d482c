import { AGE, NAME, column, labelsText, wideColumn } from "../columns.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { Column } from "../schema/kind.ts";
import type { ServiceSpec, ServiceStatus } from "./service.ts";

interface ServiceLike {
  readonly metadata: ObjectMeta;
  readonly spec: ServiceSpec;
  readonly status: ServiceStatus;
}

function externalText({ spec, status }: ServiceLike): string {
  const external = spec.externalIPs ?? [];
  switch (spec.type) {
    case "ClusterIP":
    case "NodePort":
      return external.join(",") || "<none>";
    case "LoadBalancer": {
      const balancers = (status.loadBalancer.ingress ?? []).map((ingress) => ingress.ip || ingress.hostname || "");
      const known = [...new Set(balancers.filter((address) => address !== ""))].toSorted();
      return [...known, ...external].join(",") || "<pending>";
    }
    case "ExternalName":
      return spec.externalName ?? "";
    default:
      return "<unknown>";
  }
}

function portsText({ spec }: ServiceLike): string {
  const ports = (spec.ports ?? []).map(({ port, nodePort, protocol }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return ports.join(",") || "<none>";
}

export const SERVICE_COLUMNS: readonly Column<ServiceLike>[] = [
  NAME,
  column("Type", "string", "How the service is offered.", ({ spec }) => spec.type),
  column("Cluster-IP", "string", "Address inside the cluster.", ({ spec }) => spec.clusterIPs?.[0] ?? "<none>"),
  column("External-IP", "string", "Addresses outside the cluster.", externalText),
  column("Port(s)", "string", "Ports offered, with the port on every node where there is one.", portsText),
  AGE,
  wideColumn("Selector", "string", "Labels of the pods behind it.", ({ spec }) => labelsText(spec.selector)),
];
