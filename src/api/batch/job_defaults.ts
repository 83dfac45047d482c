import { setPodTemplateDefaults } from "../core/pod_defaults.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { DraftOf } from "../schema/schema.ts";
import type { JobSpec } from "./job_spec.ts";

/** A Job whose indexes have limits of their own has none as a whole. */
const UNLIMITED = 2 ** 31 - 1;

interface JobDraft {
  metadata?: DraftOf<typeof ObjectMeta> | undefined;
  spec?: DraftOf<typeof JobSpec> | undefined;
}

/** The defaults of a Job. They are not the schema's: a CronJob's template has none before it becomes a Job. */
export function setJobDefaults({ metadata, spec }: JobDraft): void {
  if (!spec) return;
  setPodTemplateDefaults(spec.template);
  // Neither given means one pod; only a number at once means until one has succeeded.
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.completionMode ??= "NonIndexed";
  spec.suspend ??= false;
  spec.manualSelector ??= false;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : UNLIMITED;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? "Failed" : "TerminatingOrFailed";
  const labels = spec.template?.metadata?.labels;
  if (metadata && labels && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
}
