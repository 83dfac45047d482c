import type { DaemonSet } from "#api/apps/daemonset.ts";
import type { Node } from "#api/core/node.ts";
import { selectsNode, untolerated } from "#api/core/node_selection.ts";
import type { Pod, PodDraft } from "#api/core/pod.ts";
import type { PodSpec } from "#api/core/pod_spec.ts";
import type { Toleration } from "#api/core/taint.ts";
import type { OwnerReference } from "#api/meta/object_meta.ts";
import { REVISION_LABEL } from "./controller_revision.ts";
import { podFrom } from "./replicas.ts";

const NAME_FIELD = "metadata.name";
/** Set by the API server, which counts a DaemonSet's templates; pods bear it as a label. */
const GENERATION_ANNOTATION = "deprecated.daemonset.template.generation";
const GENERATION_LABEL = "pod-template-generation";

/** A daemon outlives whatever happens to its node (daemonset_util.go, AddOrUpdateDaemonPodTolerations). */
const TOLERATED: readonly Toleration[] = [
  { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/disk-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/memory-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/pid-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" },
];
/** What uses the host's network need not wait for the cluster's. */
const TOLERATED_ON_HOST_NETWORK: Toleration = {
  key: "node.kubernetes.io/network-unavailable",
  operator: "Exists",
  effect: "NoSchedule",
};

/** Whether a node should get a daemon's pod, and may keep one that is there. */
interface Eligibility {
  readonly shouldRun: boolean;
  readonly mayStay: boolean;
}

/** Judges a node by the template's node name, selector and affinity, and by its taints. Pure. */
export function eligibility(set: DaemonSet, node: Node): Eligibility {
  const { spec } = set.spec.template;
  const { name, labels = {} } = node.metadata;
  if (spec.nodeName && spec.nodeName !== name) return { shouldRun: false, mayStay: false };
  if (!selectsNode(spec, { name, labels })) return { shouldRun: false, mayStay: false };
  const untoleratedOf = (effects: readonly string[]) =>
    untolerated(daemonTolerations(spec), node.spec.taints ?? [], effects).length > 0;
  if (untoleratedOf(["NoExecute"])) return { shouldRun: false, mayStay: false };
  return { shouldRun: !untoleratedOf(["NoSchedule"]), mayStay: true };
}

/** The template's tolerations with a daemon's own; those of the same taint are the daemon's. */
export function daemonTolerations(spec: PodSpec): Toleration[] {
  const own = spec.hostNetwork ? [...TOLERATED, TOLERATED_ON_HOST_NETWORK] : TOLERATED;
  const isOwn = (given: Toleration) => own.some((each) => isSameToleration(each, given));
  return [...(spec.tolerations ?? []).filter((given) => !isOwn(given)), ...own.map((each) => ({ ...each }))];
}

function isSameToleration(a: Toleration, b: Toleration): boolean {
  const operator = ({ operator: given = "Equal" }: Toleration) => given;
  return a.key === b.key && a.effect === b.effect && operator(a) === operator(b) && (a.value ?? "") === (b.value ?? "");
}

/** The pod of one node: the scheduler places it there because its affinity names no other. */
export function daemonPod(set: DaemonSet, owner: OwnerReference, hash: string, nodeName: string): PodDraft {
  const draft = podFrom(set.spec.template, owner, set.metadata.namespace);
  const generation = templateGenerationOf(set);
  const labels: Record<string, string> = { ...draft.metadata?.labels, [REVISION_LABEL]: hash };
  if (generation !== undefined) labels[GENERATION_LABEL] = generation;
  return {
    ...draft,
    metadata: { ...draft.metadata, labels },
    spec: {
      ...structuredClone(set.spec.template.spec),
      affinity: pinned(set.spec.template.spec.affinity, nodeName),
      tolerations: daemonTolerations(set.spec.template.spec),
    },
  };
}

/** Replaces whatever nodes are required: the template's own wishes were heard when the node was chosen. */
function pinned(affinity: PodSpec["affinity"], nodeName: string): NonNullable<PodSpec["affinity"]> {
  const matchFields = [{ key: NAME_FIELD, operator: "In", values: [nodeName] }];
  const required = { nodeSelectorTerms: [{ matchFields }] };
  const nodeAffinity = { ...affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: required };
  return structuredClone({ ...affinity, nodeAffinity });
}

/** The node a daemon's pod stands on or is meant for; undefined for one that was never meant for any. */
export function nodeNameOf(pod: Pod): string | undefined {
  if (pod.spec.nodeName) return pod.spec.nodeName;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  for (const { matchFields = [] } of required?.nodeSelectorTerms ?? []) {
    const named = matchFields.find(({ key, operator }) => key === NAME_FIELD && operator === "In");
    if (named?.values?.length === 1) return named.values[0];
  }
  return undefined;
}

/** Whether a pod was made from the present template. */
export function isUpdated(pod: Pod, set: DaemonSet, hash: string): boolean {
  const { labels = {} } = pod.metadata;
  const generation = templateGenerationOf(set);
  return labels[REVISION_LABEL] === hash || (generation !== undefined && labels[GENERATION_LABEL] === generation);
}

function templateGenerationOf(set: DaemonSet): string | undefined {
  const text = set.metadata.annotations?.[GENERATION_ANNOTATION];
  return text !== undefined && /^\d+$/.test(text) ? text : undefined;
}
