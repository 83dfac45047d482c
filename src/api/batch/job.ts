import { JOB_COLUMNS } from "./job_columns.ts";
import { JobSpec } from "./job_spec.ts";
import { JobStatus } from "./job_status.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { labelJobPods } from "./job_labels.ts";
import { of } from "../schema/field.ts";
import { setJobDefaults } from "./job_defaults.ts";
import { validateJob, validateJobUpdate } from "../validation/job.ts";
import { validateJobStatusUpdate } from "../validation/job_status.ts";

/** Pods that run until enough of them have succeeded. */
export const Job = kind(
  "io.k8s.api.batch.v1.Job",
  { group: "batch", version: "v1", kind: "Job", plural: "jobs", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    spec: of(2, JobSpec),
    status: of(3, JobStatus),
  },
  {
    categories: ["all"],
    subresources: {
      status: { kind: "Job", group: "batch", version: "v1", verbs: ["get", "patch", "update"] },
    },
    generation: true,
    selectableFields: { "status.successful": (job) => String(job.status.succeeded ?? 0) },
    setDefaults: setJobDefaults,
    prepare(next, previous) {
      if (previous === undefined) labelJobPods(next.metadata, next.spec);
    },
    columns: JOB_COLUMNS,
    validate: validateJob,
    validateUpdate: validateJobUpdate,
    validateStatusUpdate: validateJobStatusUpdate,
  },
);
export interface Job extends ObjectOf<typeof Job> {}
export type JobDraft = DraftObjectOf<typeof Job>;
