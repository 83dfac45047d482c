import type { ValueOf } from "../schema/schema.ts";
import { CRON_JOB_COLUMNS } from "./job_columns.ts";
import { JobTemplateSpec } from "./job_spec.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { ObjectReference } from "../core/reference.ts";
import { boolean, int32, int64, list, of, string, time } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { setPodTemplateDefaults } from "../core/pod_defaults.ts";
import { validateCronJob, validateCronJobUpdate } from "../validation/cronjob.ts";

export const CronJobSpec = object("io.k8s.api.batch.v1.CronJobSpec", {
  schedule: string(1, { required: true, always: true }),
  timeZone: string(8, { ptr: true }),
  startingDeadlineSeconds: int64(2, { ptr: true }),
  concurrencyPolicy: string(3, { default: "Allow", enum: ["Allow", "Forbid", "Replace"] }),
  suspend: boolean(4, { ptr: true, default: false }),
  jobTemplate: of(5, JobTemplateSpec, { required: true }),
  successfulJobsHistoryLimit: int32(6, { ptr: true, default: 3 }),
  failedJobsHistoryLimit: int32(7, { ptr: true, default: 1 }),
});
export interface CronJobSpec extends ValueOf<typeof CronJobSpec> {}

export const CronJobStatus = object("io.k8s.api.batch.v1.CronJobStatus", {
  active: list(1, ObjectReference),
  lastScheduleTime: time(4, { ptr: true }),
  lastSuccessfulTime: time(5, { ptr: true }),
});
export interface CronJobStatus extends ValueOf<typeof CronJobStatus> {}

/** Jobs made on a schedule. */
export const CronJob = kind(
  "io.k8s.api.batch.v1.CronJob",
  { group: "batch", version: "v1", kind: "CronJob", plural: "cronjobs", scope: "Namespaced" },
  {
    metadata: of(1, NamespacedMeta),
    spec: of(2, CronJobSpec, { required: true }),
    status: of(3, CronJobStatus),
  },
  {
    shortNames: ["cj"],
    categories: ["all"],
    subresources: {
      status: { kind: "CronJob", group: "batch", version: "v1", verbs: ["get", "patch", "update"] },
    },
    generation: true,
    setDefaults({ spec }) {
      if (spec.jobTemplate?.spec?.template) setPodTemplateDefaults(spec.jobTemplate.spec.template);
    },
    columns: CRON_JOB_COLUMNS,
    validate: validateCronJob,
    validateUpdate: validateCronJobUpdate,
  },
);
export interface CronJob extends ObjectOf<typeof CronJob> {}
export type CronJobDraft = DraftObjectOf<typeof CronJob>;
