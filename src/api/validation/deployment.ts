import { equalJson } from "../json.ts";
import type { DeploymentSpec, DeploymentStatus, DeploymentStrategy } from "../apps/deployment.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkAvailable, checkCollisions, checkCounts, checkParts } from "./counts.ts";
import { amountOf, checkAtMostAll, checkIntOrPercent } from "./int_or_percent.ts";
import { checkLastingTemplate, checkPodTemplate, checkTemplateMatches, checkWorkloadSelector } from "./pod_template.ts";
import { reportOf, type Report } from "./report.ts";

interface Checked {
  readonly spec: DeploymentSpec;
  readonly status: DeploymentStatus;
}

export function validateDeployment({ spec }: Checked): FieldError[] {
  return reportOf((report) => {
    report.nonNegative("spec.replicas", spec.replicas);
    const words = { kind: "deployment", detail: "invalid label selector" };
    const matcher = checkWorkloadSelector(report, "spec.selector", spec.selector, words);
    if (matcher !== undefined) {
      checkTemplateMatches(report, "spec.template", spec.template, matcher);
      checkPodTemplate(report, "spec.template", spec.template);
      checkLastingTemplate(report, "spec.template", spec.template, "ReplicaSet");
    }
    checkStrategy(report, "spec.strategy", spec.strategy);
    report.nonNegative("spec.minReadySeconds", spec.minReadySeconds);
    report.nonNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit);
    const deadline = spec.progressDeadlineSeconds;
    if (deadline === undefined) return;
    report.nonNegative("spec.progressDeadlineSeconds", deadline);
    if (deadline <= (spec.minReadySeconds ?? 0)) {
      report.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
    }
  });
}

function checkStrategy(report: Report, path: string, strategy: DeploymentStrategy): void {
  const { type, rollingUpdate } = strategy;
  const at = `${path}.rollingUpdate`;
  if (type === "Recreate") {
    if (rollingUpdate) report.forbidden(at, "may not be specified when strategy `type` is 'Recreate'");
  } else if (type !== "RollingUpdate") {
    const shown = { Type: type ?? "", RollingUpdate: rollingUpdate ?? null };
    report.notSupported(path, shown, ["Recreate", "RollingUpdate"]);
  } else if (!rollingUpdate) report.required(at, "this should be defaulted and never be nil");
  else {
    const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
    checkIntOrPercent(report, `${at}.maxUnavailable`, maxUnavailable);
    checkIntOrPercent(report, `${at}.maxSurge`, maxSurge);
    if (amountOf(maxUnavailable) === 0 && amountOf(maxSurge) === 0) {
      report.invalid(`${at}.maxUnavailable`, maxUnavailable, "may not be 0 when `maxSurge` is 0");
    }
    checkAtMostAll(report, `${at}.maxUnavailable`, maxUnavailable);
  }
}

export function validateDeploymentUpdate(next: Checked, previous: Checked): FieldError[] {
  const { selector } = next.spec;
  return reportOf((report) => report.immutable("spec.selector", selector, equalJson(selector, previous.spec.selector)));
}

export function validateDeploymentStatusUpdate({ status }: Checked, previous: Checked): FieldError[] {
  return reportOf((report) => {
    checkCounts(report, status, [
      "observedGeneration",
      "replicas",
      "updatedReplicas",
      "readyReplicas",
      "availableReplicas",
      "unavailableReplicas",
      "terminatingReplicas",
      "collisionCount",
    ]);
    checkParts(report, status, ["updatedReplicas", "readyReplicas", "availableReplicas"]);
    checkAvailable(report, status);
    checkCollisions(report, status, previous.status);
  });
}
