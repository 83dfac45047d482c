import type { ValueOf } from "../schema/schema.ts";
import { STRING, int32, list, ptr, string, time } from "../schema/field.ts";
import { object } from "../schema/object.ts";

export const JobCondition = object("io.k8s.api.batch.v1.JobCondition", {
  type: string(1, { required: true, always: true }),
  status: string(2, { required: true, always: true }),
  lastProbeTime: time(3),
  lastTransitionTime: time(4),
  reason: string(5),
  message: string(6),
});
export interface JobCondition extends ValueOf<typeof JobCondition> {}

export const UncountedTerminatedPods = object("io.k8s.api.batch.v1.UncountedTerminatedPods", {
  succeeded: list(1, STRING, { set: true }),
  failed: list(2, STRING, { set: true }),
});
export interface UncountedTerminatedPods extends ValueOf<typeof UncountedTerminatedPods> {}

export const JobStatus = object("io.k8s.api.batch.v1.JobStatus", {
  conditions: list(1, JobCondition, { patchStrategy: "merge", patchMergeKey: "type" }),
  startTime: time(2, { ptr: true }),
  completionTime: time(3, { ptr: true }),
  active: int32(4),
  succeeded: int32(5),
  failed: int32(6),
  terminating: int32(11, { ptr: true }),
  completedIndexes: string(7),
  failedIndexes: string(10, { ptr: true }),
  uncountedTerminatedPods: ptr(8, UncountedTerminatedPods),
  ready: int32(9, { ptr: true }),
});
export interface JobStatus extends ValueOf<typeof JobStatus> {}
