import type { Service } from "#api/core/service.ts";

/**
 * The variables by which a container finds services: those of its own namespace when links are on, and the API's always
 * (pkg/kubelet/envvars). Services without a cluster address have none.
 */
export function serviceVariables(
  services: readonly Service[],
  namespace: string,
  enableServiceLinks: boolean,
): Map<string, string> {
  const variables = new Map<string, string>();
  const api = services.filter(({ metadata }) => metadata.namespace === "default" && metadata.name === "kubernetes");
  const own = enableServiceLinks ? services.filter(({ metadata }) => metadata.namespace === namespace) : [];
  // The namespace's own `kubernetes`, if there is one, wins over the API's.
  const chosen = new Map([...api, ...own].map((service) => [service.metadata.name, service]));
  for (const service of chosen.values()) addService(variables, service);
  return variables;
}

function addService(variables: Map<string, string>, service: Service): void {
  const { clusterIP, ports = [] } = service.spec;
  const [first] = ports;
  if (!clusterIP || clusterIP === "None" || first === undefined) return;
  const prefix = variableName(service.metadata.name);
  variables.set(`${prefix}_SERVICE_HOST`, clusterIP);
  variables.set(`${prefix}_SERVICE_PORT`, String(first.port));
  for (const { name, port } of ports)
    if (name) variables.set(`${prefix}_SERVICE_PORT_${variableName(name)}`, String(port));
  const url = ({ protocol, port }: { protocol?: string; port: number }) =>
    `${(protocol ?? "TCP").toLowerCase()}://${hostAndPort(clusterIP, port)}`;
  variables.set(`${prefix}_PORT`, url(first));
  for (const each of ports) {
    const portPrefix = `${prefix}_PORT_${each.port}_${(each.protocol ?? "TCP").toUpperCase()}`;
    variables.set(portPrefix, url(each));
    variables.set(`${portPrefix}_PROTO`, (each.protocol ?? "TCP").toLowerCase());
    variables.set(`${portPrefix}_PORT`, String(each.port));
    variables.set(`${portPrefix}_ADDR`, clusterIP);
  }
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}

function hostAndPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
