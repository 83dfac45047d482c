import type { StatefulSet } from "#api/apps/statefulset.ts";
import { StatefulSet as StatefulSetKind } from "#api/apps/statefulset.ts";
import type { Pod, PodDraft } from "#api/core/pod.ts";
import type { PodTemplateSpec } from "#api/core/pod_spec.ts";
import type { Volume } from "#api/core/volume.ts";
import { ownerReference } from "#api/ownership.ts";
import { REVISION_LABEL } from "./controller_revision.ts";
import { podFrom } from "./replicas.ts";

const NAME_LABEL = "statefulset.kubernetes.io/pod-name";
const INDEX_LABEL = "apps.kubernetes.io/pod-index";

/** The number a pod of this set bears in its name; undefined when it is no such pod. */
export function ordinalOf(set: StatefulSet, podName: string): number | undefined {
  const prefix = `${set.metadata.name}-`;
  const digits = podName.startsWith(prefix) ? podName.slice(prefix.length) : "";
  const ordinal = /^\d{1,10}$/.test(digits) ? Number(digits) : undefined;
  return ordinal !== undefined && ordinal < 2 ** 31 ? ordinal : undefined;
}

export function podNameOf(set: StatefulSet, ordinal: number): string {
  return `${set.metadata.name}-${ordinal}`;
}

/** The first of the set's numbers. */
export function firstOrdinal(set: StatefulSet): number {
  return set.spec.ordinals?.start ?? 0;
}

/** What the claim made from a template is called for one pod: its data waits there for the next pod of that number. */
export function claimNameOf(set: StatefulSet, templateName: string, ordinal: number): string {
  return `${templateName}-${set.metadata.name}-${ordinal}`;
}

/** The revision a pod was made from. */
export function podRevision(pod: Pod): string {
  return pod.metadata.labels?.[REVISION_LABEL] ?? "";
}

/** The pod of one number from one revision's template. */
export function statefulPod(set: StatefulSet, template: PodTemplateSpec, revision: string, ordinal: number): PodDraft {
  const draft = podFrom(template, ownerReference(StatefulSetKind, set), set.metadata.namespace);
  const name = podNameOf(set, ordinal);
  const labels = { ...draft.metadata?.labels, ...identityLabels(name, ordinal), [REVISION_LABEL]: revision };
  return {
    ...draft,
    metadata: { ...draft.metadata, name, labels },
    spec: {
      ...structuredClone(template.spec),
      hostname: name,
      subdomain: set.spec.serviceName,
      volumes: volumesOf(set, template.spec.volumes ?? [], ordinal),
    },
  };
}

function identityLabels(name: string, ordinal: number): Record<string, string> {
  return { [NAME_LABEL]: name, [INDEX_LABEL]: String(ordinal) };
}

/** The claims' volumes come first and stand in for volumes of the same name. */
function volumesOf(set: StatefulSet, volumes: readonly Volume[], ordinal: number): Volume[] {
  const claimed = (set.spec.volumeClaimTemplates ?? []).map(({ metadata: { name } }) => ({
    name,
    persistentVolumeClaim: { claimName: claimNameOf(set, name, ordinal) },
  }));
  const names = new Set(claimed.map((volume) => volume.name));
  return [...claimed, ...volumes.filter((volume) => !names.has(volume.name))];
}

/** Whether the pod bears its labels and uses its own claims; one taken over may not. */
export function hasIdentity(set: StatefulSet, pod: Pod, ordinal: number): boolean {
  const labels = pod.metadata.labels ?? {};
  const isLabeled = Object.entries(identityLabels(podNameOf(set, ordinal), ordinal)).every(
    ([key, value]) => labels[key] === value,
  );
  return isLabeled && usesOwnClaims(set, pod, ordinal);
}

function usesOwnClaims(set: StatefulSet, pod: Pod, ordinal: number): boolean {
  return (set.spec.volumeClaimTemplates ?? []).every(({ metadata: { name } }) => {
    const volume = pod.spec.volumes?.find((each) => each.name === name);
    return volume?.persistentVolumeClaim?.claimName === claimNameOf(set, name, ordinal);
  });
}

/** The pod with the identity it lacks. */
export function identified(set: StatefulSet, pod: Pod, ordinal: number): Pod {
  const labels = { ...pod.metadata.labels, ...identityLabels(podNameOf(set, ordinal), ordinal) };
  const isStored = usesOwnClaims(set, pod, ordinal);
  const volumes = isStored ? pod.spec.volumes : volumesOf(set, pod.spec.volumes ?? [], ordinal);
  return { ...pod, metadata: { ...pod.metadata, labels }, spec: { ...pod.spec, volumes } };
}
