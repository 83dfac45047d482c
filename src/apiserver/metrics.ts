import { Node } from "#api/core/node.ts";
import { Pod } from "#api/core/pod.ts";
import { formatDuration } from "#api/duration.ts";
import type { NodeUsage, PodUse, ResourceUse } from "#api/metrics/node_usage.ts";
import { NodeMetrics } from "#api/metrics/nodemetrics.ts";
import { PodMetrics } from "#api/metrics/podmetrics.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { formatQuantity } from "#api/quantity.ts";
import { formatTime } from "#api/time.ts";
import type { ComputedObjects } from "./computed.ts";
import type { ServerContext } from "./context.ts";
import { objectOf, storagePrefix } from "./object_codec.ts";
import { notFound } from "./status_error.ts";

/*
 * The resource metrics API: what nodes and pods use, asked of the nodes' agents at the moment somebody asks us.
 */

/** What every node of `names` says; a node that cannot be reached says nothing. */
async function usages(server: ServerContext, names: Iterable<string>): Promise<ReadonlyMap<string, NodeUsage>> {
  const { nodes } = server;
  const found = new Map<string, NodeUsage>();
  const ask = async (nodeName: string) => {
    const usage = await nodes?.usage({ nodeName });
    if (usage !== undefined) found.set(nodeName, usage);
  };
  await Promise.allSettled(Array.from(new Set(names), ask));
  return found;
}

function stored<T extends KubeObject>(server: ServerContext, kind: AnyKind, namespace = ""): T[] {
  return server.store.range(storagePrefix(kind, namespace)).entries.map((entry) => objectOf(entry) as T);
}

/** The figures as metrics-server writes them: nanocores, and kibibytes where they come out even. */
function quantities({ cpuNanocores, memoryBytes }: ResourceUse) {
  return {
    cpu: cpuNanocores === 0 ? "0" : `${Math.round(cpuNanocores)}n`,
    memory: inKibibytes(Math.round(memoryBytes)),
  };
}

function inKibibytes(bytes: number): string {
  if (bytes > 0 && bytes % 1024 === 0) return `${bytes / 1024}Ki`;
  return formatQuantity({ value: BigInt(bytes), scale: 0, format: "BinarySI" });
}

/** The head of an object that is about `about` and was measured at a time. */
function measured(kind: AnyKind, about: KubeObject, nowMs: number, use: { timestampMs: number; windowMs: number }) {
  const { name, namespace, labels } = about.metadata;
  return {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      creationTimestamp: formatTime(nowMs),
      ...(labels && { labels }),
    },
    timestamp: formatTime(use.timestampMs),
    window: formatDuration(BigInt(Math.round(use.windowMs)) * 1_000_000n),
  };
}

export const nodeMetrics: ComputedObjects = {
  async list(server, _namespace, isAsked) {
    const nodes = stored<Node>(server, Node).filter(isAsked);
    const found = await usages(
      server,
      nodes.map(({ metadata }) => metadata.name),
    );
    return nodes.flatMap((node) => {
      const use = found.get(node.metadata.name)?.node;
      if (use === undefined) return [];
      return [{ ...measured(NodeMetrics, node, server.clock.now(), use), usage: quantities(use) }];
    });
  },
  absent: (_namespace, name) => notFound({ group: "metrics.k8s.io", plural: "nodemetrics" }, name),
};

export const podMetrics: ComputedObjects = {
  async list(server, namespace, isAsked) {
    const isRunning = (pod: Pod) => pod.status.phase === "Running" && pod.spec.nodeName !== undefined;
    const pods = stored<Pod>(server, Pod, namespace).filter((pod) => isRunning(pod) && isAsked(pod));
    const found = await usages(
      server,
      pods.map(({ spec }) => spec.nodeName ?? ""),
    );
    const byUid = new Map<string, PodUse>();
    for (const { pods: uses } of found.values()) for (const use of uses) byUid.set(use.uid, use);
    return pods.flatMap((pod) => {
      const use = byUid.get(pod.metadata.uid);
      if (use === undefined) return [];
      const containers = use.containers.map((each) => ({ name: each.name, usage: quantities(each) }));
      return [{ ...measured(PodMetrics, pod, server.clock.now(), use), containers }];
    });
  },
  absent: (namespace, name) => notFound({ group: "metrics.k8s.io", plural: "podmetrics" }, `${namespace}/${name}`),
};
