import type { ValueOf } from "../schema/schema.ts";
import { LabelSelector } from "../meta/label_selector.ts";
import { ObjectMeta } from "../meta/object_meta.ts";
import { PodFailurePolicy, SuccessPolicy } from "./job_policy.ts";
import { PodTemplateSpec } from "../core/pod_spec.ts";
import { boolean, int32, int64, of, ptr, string } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const JobSpec = object("io.k8s.api.batch.v1.JobSpec", {
  parallelism: int32(1, { ptr: true }),
  completions: int32(2, { ptr: true }),
  activeDeadlineSeconds: int64(3, { ptr: true }),
  podFailurePolicy: ptr(11, PodFailurePolicy),
  successPolicy: ptr(16, SuccessPolicy),
  backoffLimit: int32(7, { ptr: true }),
  backoffLimitPerIndex: int32(12, { ptr: true }),
  maxFailedIndexes: int32(13, { ptr: true }),
  selector: ptr(4, LabelSelector),
  manualSelector: boolean(5, { ptr: true }),
  template: of(6, PodTemplateSpec, { required: true }),
  ttlSecondsAfterFinished: int32(8, { ptr: true }),
  completionMode: string(9, { ptr: true, enum: ["Indexed", "NonIndexed"] }),
  suspend: boolean(10, { ptr: true }),
  podReplacementPolicy: string(14, { ptr: true, enum: ["Failed", "TerminatingOrFailed"] }),
  managedBy: string(15, { ptr: true }),
});
export interface JobSpec extends ValueOf<typeof JobSpec> {}

export const JobTemplateSpec = object("io.k8s.api.batch.v1.JobTemplateSpec", {
  metadata: of(1, ObjectMeta),
  spec: of(2, JobSpec),
});
export interface JobTemplateSpec extends ValueOf<typeof JobTemplateSpec> {}
