import { Job as JobKind, type Job } from "#api/batch/job.ts";
import type { Pod, PodDraft } from "#api/core/pod.ts";
import { ownerReference } from "#api/ownership.ts";
import { leastToLoseFirst } from "./deletion_rank.ts";
import { countsAsFailure } from "./job_failure_policy.ts";
import { INDEX_ANNOTATION, indexOf, isIndexed, TRACKING_FINALIZER } from "./job_state.ts";
import { podFrom } from "./replicas.ts";

const FAILURES = "batch.kubernetes.io/job-index-failure-count";
const IGNORED_FAILURES = "batch.kubernetes.io/job-index-ignored-failure-count";
const INDEX_ENV = "JOB_COMPLETION_INDEX";
/** Longest prefix of a generated name (apiserver names.MaxGeneratedNameLength). */
const PREFIX_MAX = 58;

type Container = NonNullable<PodDraft["spec"]>["containers"][number];

/** One pod of a Job that does not number them. */
export function jobPod(job: Job): PodDraft {
  const { name, namespace } = job.metadata;
  const draft = podFrom(job.spec.template, ownerReference(JobKind, job), namespace);
  const finalizers = [...new Set([...(draft.metadata?.finalizers ?? []), TRACKING_FINALIZER])];
  return { ...draft, metadata: { ...draft.metadata, generateName: `${name.slice(0, PREFIX_MAX - 1)}-`, finalizers } };
}

/** @param replaced The failed pod of the same number it comes after, where numbers have limits of their own. */
export function indexedJobPod(job: Job, index: number, replaced: Pod | undefined): PodDraft {
  const { metadata, spec } = jobPod(job);
  const { name } = job.metadata;
  const suffix = `-${index}-`;
  const numbered = { [INDEX_ANNOTATION]: String(index) };
  const counts = job.spec.backoffLimitPerIndex === undefined ? {} : failureAnnotations(job, replaced);
  return {
    metadata: {
      ...metadata,
      generateName: `${name.slice(0, PREFIX_MAX - suffix.length)}${suffix}`,
      annotations: { ...metadata?.annotations, ...numbered, ...counts },
      labels: { ...metadata?.labels, ...numbered },
    },
    spec: {
      ...spec,
      hostname: `${name}-${index}`,
      containers: (spec?.containers ?? []).map(withIndex),
      ...(spec?.initContainers && { initContainers: spec.initContainers.map(withIndex) }),
    },
  };
}

function withIndex<T extends Container>(container: T): T {
  const env = container.env ?? [];
  if (env.some(({ name }) => name === INDEX_ENV)) return container;
  const fieldRef = { apiVersion: "v1", fieldPath: `metadata.labels['${INDEX_ANNOTATION}']` };
  return { ...container, env: [...env, { name: INDEX_ENV, valueFrom: { fieldRef } }] };
}

function annotationCount({ metadata }: Pod, key: string): number {
  const text = metadata.annotations?.[key] ?? "";
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
}

/** Failures of the pods of its number before this one, those that count. */
export function failuresBefore(pod: Pod): number {
  return annotationCount(pod, FAILURES);
}

/** All failures of the pods of its number before this one. */
export function allFailuresBefore(pod: Pod): number {
  return failuresBefore(pod) + annotationCount(pod, IGNORED_FAILURES);
}

function failureAnnotations(job: Job, replaced: Pod | undefined): Record<string, string> {
  if (!replaced) return { [FAILURES]: "0" };
  const isCounted = countsAsFailure(job, replaced);
  const counted = failuresBefore(replaced) + (isCounted ? 1 : 0);
  const ignored = annotationCount(replaced, IGNORED_FAILURES) + (isCounted ? 0 : 1);
  return { [FAILURES]: String(counted), ...(ignored > 0 && { [IGNORED_FAILURES]: String(ignored) }) };
}

/** Which active pods must go: those nobody needs (no number, or one that others have), then as many as are too many. */
export function surplusPods(job: Job, active: readonly Pod[], atLeast: number, nowMs: number): readonly Pod[] {
  const ranked = leastToLoseFirst(active, new Map(), nowMs);
  if (!isIndexed(job)) return ranked.slice(0, atLeast);
  const keepers = new Map<number, Pod>();
  for (const pod of ranked) {
    const index = indexOf(job, pod);
    if (index !== undefined) keepers.set(index, pod);
  }
  const kept = new Set(keepers.values());
  const useless = ranked.filter((pod) => !kept.has(pod));
  const rest = ranked.filter((pod) => kept.has(pod)).slice(0, Math.max(0, atLeast - useless.length));
  return [...useless, ...rest];
}
