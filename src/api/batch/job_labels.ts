import type { ObjectMeta } from "../meta/object_meta.ts";
import type { JobSpec } from "./job_spec.ts";

/** Labels of a Job's pods; those without a prefix are from before there were prefixes. */
export const UID_LABEL = "batch.kubernetes.io/controller-uid";
export const UID_LABEL_LEGACY = "controller-uid";
export const NAME_LABEL = "batch.kubernetes.io/job-name";
export const NAME_LABEL_LEGACY = "job-name";

/**
 * Marks the pods of a new Job by its name and uid and selects them by the uid, in place, unless the client selects
 * them itself. Labels given already are left for validation to refuse.
 */
export function labelJobPods(metadata: ObjectMeta, spec: JobSpec): void {
  const { name, uid } = metadata;
  if (spec.manualSelector) return;
  const labels = (spec.template.metadata.labels ??= {});
  for (const key of [NAME_LABEL_LEGACY, NAME_LABEL]) labels[key] ??= name ?? "";
  for (const key of [UID_LABEL_LEGACY, UID_LABEL]) labels[key] ??= uid ?? "";
  const matchLabels = ((spec.selector ??= {}).matchLabels ??= {});
  matchLabels[UID_LABEL] ??= uid ?? "";
  // A Job without labels has its pods' (as Kubernetes' defaults say, which it applies once more on reading).
  if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
}
