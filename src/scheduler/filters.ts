import { selectsNode, tolerates, untolerated } from "#api/core/node_selection.ts";
import type { Pod } from "#api/core/pod.ts";
import { hostPortsOf, type HostPort, type NodeInfo } from "./node_info.ts";
import { PodAffinityState, type NamespaceLabels } from "./pod_affinity.ts";
import { podRequests, type Resources } from "./pod_requests.ts";
import { TopologySpreadState } from "./topology_spread.ts";

/** What is computed once per pod and then asked per node. */
export interface FilterState {
  readonly pod: Pod;
  readonly requests: Resources;
  readonly ports: readonly HostPort[];
  readonly affinity: PodAffinityState;
  readonly spread: TopologySpreadState;
}

/** One reason why a node will not do. `final`: evicting pods from it would not help. */
export interface Refusal {
  readonly reason: string;
  readonly final: boolean;
}

/** Looks at one node for one pod. Returns every reason it finds; none means the node passes. */
export type Filter = (state: FilterState, info: NodeInfo) => readonly Refusal[];

export function filterState(pod: Pod, nodes: readonly NodeInfo[], labelsOf: NamespaceLabels): FilterState {
  return {
    pod,
    requests: podRequests(pod),
    ports: hostPortsOf(pod),
    affinity: new PodAffinityState(pod, nodes, labelsOf),
    spread: new TopologySpreadState(pod, nodes),
  };
}

const final = (reason: string): readonly Refusal[] => [{ reason, final: true }];
const passes: readonly Refusal[] = [];

const UNSCHEDULABLE = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" } as const;

const nodeUnschedulable: Filter = ({ pod }, { node }) =>
  node.spec.unschedulable && !(pod.spec.tolerations ?? []).some((each) => tolerates(each, UNSCHEDULABLE))
    ? final("node(s) were unschedulable")
    : passes;

const nodeName: Filter = ({ pod }, info) =>
  pod.spec.nodeName && pod.spec.nodeName !== info.name ? final("node(s) didn't match the requested node name") : passes;

const taintToleration: Filter = ({ pod }, { node }) =>
  untolerated(pod.spec.tolerations ?? [], node.spec.taints ?? [], ["NoSchedule", "NoExecute"]).length > 0
    ? final("node(s) had untolerated taint(s)")
    : passes;

const nodeAffinity: Filter = ({ pod }, info) =>
  selectsNode(pod.spec, info) ? passes : final("node(s) didn't match Pod's node affinity/selector");

const ANY_ADDRESS = "0.0.0.0";

const nodePorts: Filter = ({ ports }, info) => {
  if (ports.length === 0) return passes;
  const taken = info.hostPorts();
  const clash = ports.some((wanted) =>
    taken.some(
      (used) =>
        used.port === wanted.port &&
        used.protocol === wanted.protocol &&
        (used.address === wanted.address || used.address === ANY_ADDRESS || wanted.address === ANY_ADDRESS),
    ),
  );
  return clash ? [{ reason: "node(s) didn't have free ports for the requested pod ports", final: false }] : passes;
};

const nodeResourcesFit: Filter = ({ requests }, info) => {
  const refusals: Refusal[] = [];
  if (info.pods.size + 1 > (info.allocatable.get("pods") ?? 0))
    refusals.push({ reason: "Too many pods", final: false });
  for (const [name, wanted] of requests) {
    const allocatable = info.allocatable.get(name) ?? 0;
    const free = allocatable - (info.requested.get(name) ?? 0);
    if (wanted > 0 && wanted > free) refusals.push({ reason: `Insufficient ${name}`, final: wanted > allocatable });
  }
  return refusals;
};

const topologySpread: Filter = ({ spread }, info) => {
  const reason = spread.refusal(info);
  return reason === undefined ? passes : [{ reason, final: reason.endsWith("label)") }];
};

const interPodAffinity: Filter = ({ affinity }, info) => {
  const reason = affinity.refusal(info);
  return reason === undefined ? passes : [{ reason, final: reason === "node(s) didn't match pod affinity rules" }];
};

/** In upstream's default order; the first that refuses a node speaks for it. */
export const FILTERS: readonly Filter[] = [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  topologySpread,
  interPodAffinity,
];
