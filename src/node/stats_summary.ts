import type { NodeUsage, ResourceUse } from "#api/metrics/node_usage.ts";
import { formatTime } from "#api/time.ts";

/** `/stats/summary` of an agent (k8s.io/kubelet/pkg/apis/stats/v1alpha1), as far as the agent measures. */
export function statsSummary(nodeName: string, { node, pods }: NodeUsage): object {
  return {
    node: { nodeName, ...(node && use(node, node.timestampMs)) },
    pods: pods.map(({ namespace, name, uid, timestampMs, containers }) => ({
      podRef: { name, namespace, uid },
      containers: containers.map((container) => ({ name: container.name, ...use(container, timestampMs) })),
      ...use(together(containers), timestampMs),
    })),
  };
}

function use({ cpuNanocores, memoryBytes }: ResourceUse, atMs: number): object {
  const time = formatTime(atMs);
  return { cpu: { time, usageNanoCores: cpuNanocores }, memory: { time, workingSetBytes: memoryBytes } };
}

function together(uses: readonly ResourceUse[]): ResourceUse {
  const sum = (of: (use: ResourceUse) => number) => uses.reduce((total, each) => total + of(each), 0);
  return { cpuNanocores: sum((each) => each.cpuNanocores), memoryBytes: sum((each) => each.memoryBytes) };
}
