import type { Container } from "#api/core/container.ts";
import type { ResourceFieldSelector } from "#api/core/env.ts";
import type { Pod } from "#api/core/pod.ts";
import { quantityToMilli } from "#api/quantity.ts";
import { ConfigError } from "./config_error.ts";

/** What of its node and address a pod may be told. */
export interface PodPlace {
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly podIp: string;
  readonly allocatable: { readonly cpuMilli: number; readonly memoryBytes: number; readonly storageBytes: number };
}

/**
 * The value at a field path of the downward API.
 *
 * @throws {ConfigError} If there is no such field.
 */
export function fieldValue(pod: Pod, fieldPath: string, place: PodPlace): string {
  const { metadata, spec } = pod;
  const [, map, key] = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath) ?? [];
  if (map !== undefined) return (map === "labels" ? metadata.labels : metadata.annotations)?.[key ?? ""] ?? "";
  switch (fieldPath) {
    case "metadata.name":
      return metadata.name;
    case "metadata.namespace":
      return metadata.namespace;
    case "metadata.uid":
      return metadata.uid;
    case "metadata.labels":
      return mapLines(metadata.labels);
    case "metadata.annotations":
      return mapLines(metadata.annotations);
    case "spec.nodeName":
      return spec.nodeName ?? place.nodeName;
    case "spec.serviceAccountName":
      return spec.serviceAccountName ?? "";
    case "status.hostIP":
    case "status.hostIPs":
      return place.nodeIp;
    case "status.podIP":
    case "status.podIPs":
      return place.podIp;
    default:
      throw new ConfigError(`unsupported fieldPath: ${fieldPath}`);
  }
}

/** A map as the downward API writes it: one `key="value"` a line, sorted. */
function mapLines(map: Readonly<Record<string, string>> = {}): string {
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${JSON.stringify(map[key])}`)
    .join("\n");
}

/**
 * A container's request or limit divided by the divisor, rounded up. What has no limit gets what the node can give.
 *
 * @throws {ConfigError} If the resource is not known.
 */
export function resourceValue(
  pod: Pod,
  own: Container | undefined,
  selector: ResourceFieldSelector,
  place: PodPlace,
): string {
  const name = selector.containerName;
  const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const container = name ? all.find((each) => each.name === name) : own;
  if (container === undefined) throw new ConfigError(`container "${name ?? ""}" not found`);
  const [, kind = "", resource = ""] = /^(limits|requests)\.(.+)$/.exec(selector.resource) ?? [];
  const { requests = {}, limits = {} } = container.resources;
  const set = kind === "limits" ? limits[resource] : (requests[resource] ?? limits[resource]);
  const milli = set === undefined ? unsetMilli(kind, resource, place) : quantityToMilli(set);
  if (milli === undefined) throw new ConfigError(`unsupported container resource : ${selector.resource}`);
  const divisor = selector.divisor && selector.divisor !== "0" ? selector.divisor : "1";
  return String(Math.ceil(milli / quantityToMilli(divisor)));
}

function unsetMilli(kind: string, resource: string, { allocatable }: PodPlace): number | undefined {
  const whole: Record<string, number> = {
    cpu: allocatable.cpuMilli,
    memory: allocatable.memoryBytes * 1000,
    "ephemeral-storage": allocatable.storageBytes * 1000,
  };
  if (resource.startsWith("hugepages-")) return 0;
  if (!(resource in whole)) return undefined;
  return kind === "limits" ? whole[resource] : 0;
}
