import type { PersistentVolumeClaim } from "../core/persistentvolumeclaim.ts";
import type { Pod } from "../core/pod.ts";
import { qosClass } from "../core/pod_qos.ts";
import type { ResourceQuotaSpec, ScopedResourceSelectorRequirement } from "../core/resourcequota.ts";

/** What a quota's scopes demand of what it counts. */
export function scopesOf({ scopes = [], scopeSelector }: ResourceQuotaSpec): ScopedResourceSelectorRequirement[] {
  const named = scopes.map((scopeName) => ({ scopeName, operator: "Exists" }) as ScopedResourceSelectorRequirement);
  return [...named, ...(scopeSelector?.matchExpressions ?? [])];
}

/** Whether a pod is of a scope. */
export function podIsOf(pod: Pod, requirement: ScopedResourceSelectorRequirement): boolean {
  const { spec } = pod;
  switch (requirement.scopeName) {
    case "Terminating":
      return spec.activeDeadlineSeconds !== undefined;
    case "NotTerminating":
      return spec.activeDeadlineSeconds === undefined;
    case "BestEffort":
      return qosClass(spec) === "BestEffort";
    case "NotBestEffort":
      return qosClass(spec) !== "BestEffort";
    case "PriorityClass":
      return isNamed(spec.priorityClassName, requirement);
    case "CrossNamespacePodAffinity":
      return hasAffinityAcross(pod);
    default:
      return false;
  }
}

/** Whether a claim is of a scope. */
export function claimIsOf(claim: PersistentVolumeClaim, requirement: ScopedResourceSelectorRequirement): boolean {
  if (requirement.scopeName !== "VolumeAttributesClass") return false;
  const { spec, status } = claim;
  const names = [spec.volumeAttributesClassName, status.currentVolumeAttributesClassName];
  return names.some((name) => isNamed(name, requirement));
}

/** As with labels: what has no name is in no list, but outside each. */
function isNamed(name = "", { operator, values = [] }: ScopedResourceSelectorRequirement): boolean {
  switch (operator) {
    case "Exists":
      return name !== "";
    case "DoesNotExist":
      return name === "";
    case "In":
      return name !== "" && values.includes(name);
    default:
      return name === "" || !values.includes(name);
  }
}

function hasAffinityAcross({ spec: { affinity } }: Pod): boolean {
  const sides = [affinity?.podAffinity, affinity?.podAntiAffinity];
  const terms = sides.flatMap((side) => [
    ...(side?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(side?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((each) => each.podAffinityTerm),
  ]);
  return terms.some(({ namespaces, namespaceSelector }) => {
    return (namespaces?.length ?? 0) > 0 || namespaceSelector !== undefined;
  });
}
