import { NAME_LABEL, NAME_LABEL_LEGACY, UID_LABEL, UID_LABEL_LEGACY } from "../batch/job_labels.ts";
import type { JobSpec } from "../batch/job_spec.ts";
import type { JobStatus } from "../batch/job_status.ts";
import type { PodTemplateSpec } from "../core/pod_spec.ts";
import { equalJson } from "../json.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkJobSpec } from "./job_spec.ts";
import { checkLabelSelector, tryMatcher } from "./labels.ts";
import { dnsLabel } from "./names.ts";
import { reportOf, sortedMap, type Report } from "./report.ts";

interface Checked {
  readonly metadata: ObjectMeta;
  readonly spec: JobSpec;
  readonly status: JobStatus;
}

/** Selector and labels are checked on creation only: older Jobs have others. */
export function validateJob({ metadata, spec }: Checked): FieldError[] {
  return reportOf((report) => {
    const isNew = !metadata.resourceVersion;
    if (isNew) checkGenerated(report, metadata, spec);
    checkJobSpec(report, "spec", spec);
    if (spec.selector === undefined) report.required("spec.selector");
    else checkLabelSelector(report, "spec.selector", spec.selector);
    const { labels } = spec.template.metadata;
    const matcher = tryMatcher(spec.selector);
    if (matcher && !matcher.matches(labels)) {
      const rule = "`selector` does not match template `labels`";
      report.invalid("spec.template.metadata.labels", sortedMap(labels), rule);
    }
    if (isNew) checkPodNames(report, metadata, spec);
  });
}

/** What was to be generated must not have been given differently. */
function checkGenerated(report: Report, { name = "", uid = "" }: ObjectMeta, spec: JobSpec): void {
  if (spec.manualSelector || spec.selector === undefined) return;
  if (uid === "") report.required("metadata.uid");
  const expected = {
    [UID_LABEL_LEGACY]: uid,
    [NAME_LABEL_LEGACY]: name,
    [UID_LABEL]: uid,
    [NAME_LABEL]: name,
  };
  const { labels = {} } = spec.template.metadata;
  for (const [key, value] of Object.entries(expected)) {
    const path = `spec.template.metadata.labels[${key}]`;
    if (!Object.hasOwn(labels, key)) report.required(path, `must be '${value}'`);
    else if (labels[key] !== value) report.invalid(path, sortedMap(labels), `must be '${value}'`);
  }
  const matcher = tryMatcher(spec.selector);
  if (matcher && !matcher.matches(expected)) {
    report.invalid("spec.selector", spec.selector, "`selector` not auto-generated");
  }
}

/** The pods of an indexed Job have its name and their index for host name. */
function checkPodNames(report: Report, { name = "" }: ObjectMeta, { completionMode, completions = 0 }: JobSpec): void {
  if (completionMode !== "Indexed" || completions <= 0) return;
  const longest = `${name}-${completions - 1}`;
  if (dnsLabel(longest).length > 0) {
    report.invalid("metadata.name", name, `will not able to create pod with invalid DNS label: ${longest}`);
  }
}

const IMMUTABLE = ["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"] as const;

export function validateJobUpdate({ spec }: Checked, previous: Checked): FieldError[] {
  const before = previous.spec;
  return reportOf((report) => {
    checkCompletions(report, spec, before);
    report.immutable("spec.selector", spec.selector, equalJson(spec.selector, before.selector));
    const allowed = changeable(spec.template, before.template, previous);
    report.immutable("spec.template", spec.template, equalJson(spec.template, allowed));
    for (const field of IMMUTABLE) {
      report.immutable(`spec.${field}`, spec[field] ?? null, equalJson(spec[field], before[field]));
    }
  });
}

/** An indexed Job may be resized, its parallelism with it. */
function checkCompletions(report: Report, spec: JobSpec, before: JobSpec): void {
  const { completions, parallelism } = spec;
  if (completions === before.completions) return;
  if (spec.completionMode !== "Indexed") report.immutable("spec.completions", completions ?? null, false);
  else if (completions !== undefined && completions !== parallelism) {
    report.invalid("spec.completions", completions, "can only be modified in tandem with spec.parallelism");
  }
}

/** The template before, with what may change of a Job that is suspended and has not started taken from the one after. */
function changeable(next: PodTemplateSpec, before: PodTemplateSpec, job: Checked): PodTemplateSpec {
  if (!job.spec.suspend || job.status.startTime !== undefined) return before;
  const { affinity, nodeSelector, tolerations, schedulingGates, containers, initContainers } = next.spec;
  const merged = { ...before.spec.affinity, nodeAffinity: affinity?.nodeAffinity };
  const isBare = !merged.podAffinity && !merged.podAntiAffinity && affinity === undefined;
  return {
    metadata: { ...before.metadata, labels: next.metadata.labels, annotations: next.metadata.annotations },
    spec: {
      ...before.spec,
      nodeSelector,
      tolerations,
      schedulingGates,
      affinity: isBare ? undefined : merged,
      containers: withResources(before.spec.containers, containers),
      initContainers: before.spec.initContainers && withResources(before.spec.initContainers, initContainers),
    },
  };
}

type Containers = PodTemplateSpec["spec"]["containers"];

function withResources(before: Containers, next: Containers | undefined): Containers {
  if (before.length !== next?.length) return before;
  return before.map((container, i) => {
    const other = next[i];
    return other?.name === container.name ? { ...container, resources: other.resources } : container;
  });
}
