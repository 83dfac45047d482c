import { equalJson } from "../json.ts";
import type { ReplicaSetSpec, ReplicaSetStatus } from "../apps/replicaset.ts";
import type { ReplicationControllerSpec, ReplicationControllerStatus } from "../core/replicationcontroller.ts";
import type { FieldError } from "../schema/errors.ts";
import { labelMapMatcher } from "../selectors/labels.ts";
import { checkAvailable, checkCounts, checkParts } from "./counts.ts";
import { checkLastingTemplate, checkPodTemplate, checkTemplateMatches, checkWorkloadSelector } from "./pod_template.ts";
import { reportOf } from "./report.ts";

interface CheckedReplicaSet {
  readonly spec: ReplicaSetSpec;
  readonly status: ReplicaSetStatus;
}

export function validateReplicaSet({ spec }: CheckedReplicaSet): FieldError[] {
  return reportOf((report) => {
    report.nonNegative("spec.replicas", spec.replicas);
    report.nonNegative("spec.minReadySeconds", spec.minReadySeconds);
    // Kubernetes' message names the deployment here, too.
    const words = { kind: "deployment", detail: "invalid label selector" };
    const matcher = checkWorkloadSelector(report, "spec.selector", spec.selector, words);
    if (matcher === undefined) return;
    checkTemplateMatches(report, "spec.template", spec.template, matcher);
    checkPodTemplate(report, "spec.template", spec.template);
    checkLastingTemplate(report, "spec.template", spec.template, "ReplicaSet");
  });
}

export function validateReplicaSetUpdate(next: CheckedReplicaSet, previous: CheckedReplicaSet): FieldError[] {
  const { selector } = next.spec;
  return reportOf((report) => report.immutable("spec.selector", selector, equalJson(selector, previous.spec.selector)));
}

export function validateReplicaSetStatusUpdate({ status }: Pick<CheckedReplicaSet, "status">): FieldError[] {
  return reportOf((report) => {
    checkCounts(report, status, [
      "replicas",
      "fullyLabeledReplicas",
      "readyReplicas",
      "availableReplicas",
      "observedGeneration",
      "terminatingReplicas",
    ]);
    checkParts(report, status, ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"]);
    checkAvailable(report, status);
  });
}

interface CheckedReplicationController {
  readonly spec: ReplicationControllerSpec;
  readonly status: ReplicationControllerStatus;
}

export function validateReplicationController({ spec }: CheckedReplicationController): FieldError[] {
  return reportOf((report) => {
    report.nonNegative("spec.minReadySeconds", spec.minReadySeconds);
    const isEmpty = Object.keys(spec.selector ?? {}).length === 0;
    if (isEmpty) report.required("spec.selector");
    if (spec.replicas === undefined) report.required("spec.replicas");
    report.nonNegative("spec.replicas", spec.replicas);
    if (spec.template === undefined) {
      report.required("spec.template");
      return;
    }
    const matcher = tryLabels(spec.selector);
    if (matcher && !isEmpty) checkTemplateMatches(report, "spec.template", spec.template, matcher);
    checkPodTemplate(report, "spec.template", spec.template);
    checkLastingTemplate(report, "spec.template", spec.template, "ReplicationController");
  });
}

function tryLabels(labels: Readonly<Record<string, string>> | undefined) {
  try {
    return labelMapMatcher(labels);
  } catch {
    return undefined;
  }
}

export function validateReplicationControllerStatusUpdate(next: CheckedReplicationController): FieldError[] {
  return validateReplicaSetStatusUpdate(next);
}
