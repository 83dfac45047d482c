import type { Pod } from "#api/core/pod.ts";
import { Pod as PodKind } from "#api/core/pod.ts";
import type { Call } from "../context.ts";
import type { ContainerTarget, NodeConnections } from "../node_connection.ts";
import { objectOf } from "../object_codec.ts";
import { badRequest, serviceUnavailable } from "../status_error.ts";
import { entryAt } from "../stored_object.ts";

/** The pod a connection is about. @throws {StatusError} 404. */
export function podOf({ server, info }: Call): Pod {
  return objectOf(entryAt(server.store, PodKind, info.namespace, info.name)) as unknown as Pod;
}

/**
 * The container of `pod` that is asked for, or its only one.
 *
 * @throws {StatusError} 400 when it has no such container, or several and none was named (core/pod strategy.go).
 */
export function containerOf(pod: Pod, asked: string): string {
  const { name } = pod.metadata;
  const containers = namesOf(pod.spec.containers);
  const inits = namesOf(pod.spec.initContainers);
  const ephemeral = namesOf(pod.spec.ephemeralContainers);
  if (asked !== "") {
    if ([...containers, ...inits, ...ephemeral].includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  const [only] = containers;
  if (only === undefined) throw badRequest(`a container name must be specified for pod ${name}`);
  if (containers.length === 1) return only;
  const choice = `a container name must be specified for pod ${name}, choose one of: [${containers.join(" ")}]`;
  throw badRequest(inits.length === 0 ? choice : `${choice} or one of the init containers: [${inits.join(" ")}]`);
}

function namesOf(containers: readonly { readonly name: string }[] | undefined): string[] {
  return containers?.map(({ name }) => name) ?? [];
}

/** Where a container runs. @throws {StatusError} 400 when its pod is nowhere yet. */
export function targetOf(pod: Pod, container: string): ContainerTarget {
  const { name, namespace, uid } = pod.metadata;
  const nodeName = pod.spec.nodeName ?? "";
  if (nodeName === "") throw badRequest(`pod ${name} does not have a host assigned`);
  return { nodeName, namespace, pod: name, uid, container };
}

/** The way to the nodes. @throws {StatusError} 503 when this server has none. */
export function connectionsOf({ server }: Call): NodeConnections {
  if (server.nodes === undefined) throw serviceUnavailable("this API server has no connection to nodes");
  return server.nodes;
}
