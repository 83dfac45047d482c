import { equalJson } from "../json.ts";
import type { NodeAffinity } from "../core/affinity.ts";
import type { Container } from "../core/container.ts";
import type { PodSchedulingGate, PodSpec } from "../core/pod_spec.ts";
import type { PodStatus } from "../core/pod_status.ts";
import type { Toleration } from "../core/taint.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import { forbiddenError, type FieldError } from "../schema/errors.ts";
import { checkTolerations } from "./affinity.ts";
import { checkImageText } from "./container.ts";
import { rangeText } from "./names.ts";
import { checkPodAnnotations, checkPodAnnotationUpdate, checkProfileAnnotations, MIRROR } from "./pod_annotations.ts";
import { checkPodSpec } from "./pod_spec.ts";
import { checkPodStatus } from "./pod_status.ts";
import { reportOf, sortedMap, type Report } from "./report.ts";
import { jsonDiff } from "./spec_diff.ts";

export interface CheckedPod {
  readonly metadata: ObjectMeta;
  readonly spec: PodSpec;
  readonly status: PodStatus;
}

const SECONDS_MAX = 2 ** 31 - 1;

export function validatePod(pod: CheckedPod): FieldError[] {
  return reportOf((report) => {
    checkPod(report, pod);
    const { spec } = pod;
    if (spec.nodeName && spec.schedulingGates?.length && !pod.metadata.resourceVersion) {
      report.forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared");
    }
    if (pod.metadata.resourceVersion) return;
    if (spec.ephemeralContainers?.length) report.forbidden("spec.ephemeralContainers", "cannot be set on create");
    checkProfileAnnotations(report, "spec", pod.metadata.annotations, spec);
  });
}

/** Specs that many pods share and that never change again, in which nothing was wrong. */
const right = new WeakSet<PodSpec>();

function checkPod(report: Report, { metadata, spec }: CheckedPod): void {
  checkPodAnnotations(report, "metadata.annotations", metadata.annotations, spec);
  if (right.has(spec)) return;
  const problems = report.errors.length;
  checkSpecOf(report, metadata.name, spec);
  const isRight = report.errors.length === problems;
  // Of ephemeral volumes claims are made that are named after the pod.
  const isAnyPods = Object.isFrozen(spec) && !spec.volumes?.some(({ ephemeral }) => ephemeral !== undefined);
  if (isRight && isAnyPods) right.add(spec);
}

function checkSpecOf(report: Report, podName: string | undefined, spec: PodSpec): void {
  checkPodSpec(report, "spec", spec, { podName, isPod: true });
  if (!spec.serviceAccountName) {
    for (const [i, volume] of (spec.volumes ?? []).entries()) {
      for (const [j, source] of (volume.projected?.sources ?? []).entries()) {
        if (source.serviceAccountToken === undefined) continue;
        const at = `spec.volumes[${i}].projected.sources[${j}].serviceAccountToken`;
        report.forbidden(at, "must not be specified when serviceAccountName is not set");
      }
    }
  }
  for (const field of ["containers", "initContainers"] as const) {
    for (const [i, container] of (spec[field] ?? []).entries()) {
      checkImageText(report, `spec.${field}[${i}]`, container.image);
    }
  }
}

/** A pod keeps its spec for life, but for a few fields. */
export function validatePodUpdate(next: CheckedPod, previous: CheckedPod): FieldError[] {
  return reportOf((report) => {
    const { annotations } = next.metadata;
    checkPodAnnotationUpdate(report, "metadata.annotations", annotations, previous.metadata.annotations);
    if (!checkSameContainers(report, next.spec, previous.spec)) return;
    if (!checkDeadline(report, next.spec, previous.spec)) return;
    checkOnlyAddedTolerations(report, next.spec.tolerations ?? [], previous.spec.tolerations ?? []);
    checkOnlyDeletedGates(report, next.spec.schedulingGates ?? [], previous.spec.schedulingGates ?? []);
    if (!equalJson(next.spec, previous.spec)) checkUnchanged(report, next.spec, previous.spec);
  });
}

function checkSameContainers(report: Report, next: PodSpec, previous: PodSpec): boolean {
  for (const field of ["containers", "initContainers"] as const) {
    const containers = next[field] ?? [];
    if (containers.length !== (previous[field] ?? []).length) {
      report.forbidden(`spec.${field}`, "pod updates may not add or remove containers");
      return false;
    }
    for (const [i, container] of containers.entries()) {
      if (!container.image) report.required(`spec.${field}[${i}].image`);
      checkImageText(report, `spec.${field}[${i}]`, container.image);
    }
  }
  return true;
}

function checkDeadline(report: Report, next: PodSpec, previous: PodSpec): boolean {
  const [seconds, before] = [next.activeDeadlineSeconds, previous.activeDeadlineSeconds];
  const path = "spec.activeDeadlineSeconds";
  if (seconds === undefined) {
    if (before !== undefined) report.invalid(path, null, "must not update from a positive integer to nil value");
    return true;
  }
  if (seconds < 0 || seconds > SECONDS_MAX) report.invalid(path, seconds, rangeText(0, SECONDS_MAX));
  else if (before !== undefined && before < seconds) {
    report.invalid(path, seconds, "must be less than or equal to previous value");
  } else return true;
  return false;
}

function checkOnlyAddedTolerations(report: Report, next: readonly Toleration[], previous: readonly Toleration[]): void {
  const withoutTime = (toleration: Toleration) => ({ ...toleration, tolerationSeconds: undefined });
  for (const old of previous) {
    if (next.some((each) => equalJson(withoutTime(each), withoutTime(old)))) continue;
    report.forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds");
    return;
  }
  checkTolerations(report, "spec.tolerations", next);
}

function checkOnlyDeletedGates(
  report: Report,
  next: readonly PodSchedulingGate[],
  previous: readonly PodSchedulingGate[],
): void {
  for (const [i, { name }] of next.entries()) {
    if (previous.some((gate) => gate.name === name)) continue;
    const rule = `only deletion is allowed, but found new scheduling gate '${name}'`;
    report.forbidden(`spec.schedulingGates[${i}].name`, rule);
  }
}

const UPDATABLE = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
].join(",");

/** Sets back in a copy what may change, and compares the rest. */
function checkUnchanged(report: Report, next: PodSpec, previous: PodSpec): void {
  const wasNegative = (previous.terminationGracePeriodSeconds ?? 0) < 0;
  const endsSoon = wasNegative && next.terminationGracePeriodSeconds === 1;
  let rest: PodSpec = {
    ...next,
    containers: withImages(next.containers, previous.containers),
    initContainers: withImages(next.initContainers ?? [], previous.initContainers ?? []),
    activeDeadlineSeconds: previous.activeDeadlineSeconds,
    schedulingGates: previous.schedulingGates,
    tolerations: previous.tolerations,
    ...(endsSoon && { terminationGracePeriodSeconds: previous.terminationGracePeriodSeconds }),
  };
  if (next.initContainers === undefined) delete rest.initContainers;
  if (previous.schedulingGates?.length) rest = withPlacement(report, rest, previous);
  if (equalJson(rest, previous)) return;
  const diff = jsonDiff(previous, rest);
  report.forbidden("spec", `pod updates may not change fields other than ${UPDATABLE}\n${diff}`);
}

function withImages(next: readonly Container[], previous: readonly Container[]): Container[] {
  return next.map((container, i) => ({ ...container, image: previous[i]?.image }));
}

/** While gates hold a pod back, where it may go can be narrowed. */
function withPlacement(report: Report, next: PodSpec, previous: PodSpec): PodSpec {
  const result = { ...next, nodeSelector: previous.nodeSelector };
  const isKept = Object.entries(previous.nodeSelector ?? {}).every(
    ([key, value]) => next.nodeSelector?.[key] === value,
  );
  if (!isKept) {
    const rule = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
    report.invalid("spec.nodeSelector", sortedMap(next.nodeSelector), rule);
  }
  const [affinity, before] = [next.affinity?.nodeAffinity, previous.affinity?.nodeAffinity];
  if (equalJson(affinity, before)) return result;
  checkNarrowed(report, affinity, before);
  const restored = { ...next.affinity, nodeAffinity: before };
  const isBare = restored.podAffinity === undefined && restored.podAntiAffinity === undefined;
  return { ...result, affinity: before === undefined && isBare ? previous.affinity : restored };
}

function checkNarrowed(report: Report, next: NodeAffinity | undefined, previous: NodeAffinity | undefined): void {
  const path = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
  const before = previous?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const terms = next?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  if (before.length === 0) return;
  if (before.length !== terms.length) {
    report.invalid(path, terms, "no additions/deletions to non-empty NodeSelectorTerms list are allowed");
    return;
  }
  for (const [i, old] of before.entries()) {
    const term = terms[i] ?? {};
    const isNarrower = (["matchExpressions", "matchFields"] as const).every((field) => {
      const had = old[field] ?? [];
      return equalJson((term[field] ?? []).slice(0, had.length), had);
    });
    const wasEmpty = !old.matchExpressions?.length && !old.matchFields?.length;
    const isEmpty = !term.matchExpressions?.length && !term.matchFields?.length;
    if (!isNarrower || (wasEmpty && !isEmpty)) {
      report.invalid(`${path}[${i}]`, term, "only additions are allowed (no mutations or deletions)");
    }
  }
}

export function validatePodStatusUpdate(next: CheckedPod, previous: CheckedPod): FieldError[] {
  return reportOf((report) => {
    const { annotations } = next.metadata;
    checkPodAnnotationUpdate(report, "metadata.annotations", annotations, previous.metadata.annotations);
    checkPodAnnotations(report, "metadata.annotations", annotations, next.spec);
    if (next.spec.nodeName !== previous.spec.nodeName) {
      report.forbidden("status.nodeName", "may not be changed directly");
    }
    checkPodStatus(report, next, previous);
  });
}

/** The ephemeralcontainers subresource: such containers are added, never changed nor removed. */
export function validateEphemeralContainersUpdate(next: CheckedPod, previous: CheckedPod): FieldError[] {
  if (previous.metadata.annotations?.[MIRROR] !== undefined) {
    return [forbiddenError("", "static pods do not support ephemeral containers")];
  }
  return reportOf((report) => {
    checkPod(report, next);
    const { annotations } = next.metadata;
    checkPodAnnotationUpdate(report, "metadata.annotations", annotations, previous.metadata.annotations);
    const path = "spec.ephemeralContainers";
    // A patch does not keep their order: each is looked for by its name.
    const after = new Map((next.spec.ephemeralContainers ?? []).map((each) => [each.name, each]));
    for (const before of previous.spec.ephemeralContainers ?? []) {
      const container = after.get(before.name);
      const named = `existing ephemeral containers ${JSON.stringify(before.name)}`;
      if (container === undefined) report.forbidden(path, `${named} may not be removed\n`);
      else if (!equalJson(container, before)) {
        report.forbidden(path, `${named} may not be changed\n${jsonDiff(before, container)}`);
      }
    }
  });
}
