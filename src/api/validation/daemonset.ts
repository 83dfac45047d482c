import { equalJson } from "../json.ts";
import type { DaemonSetSpec, DaemonSetStatus, DaemonSetUpdateStrategy } from "../apps/daemonset.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkCollisions, checkCounts } from "./counts.ts";
import { amountOf, checkAtMostAll, checkIntOrPercent } from "./int_or_percent.ts";
import { checkLabelSelector, isEmptySelector, tryMatcher } from "./labels.ts";
import { checkLastingTemplate, checkPodTemplate } from "./pod_template.ts";
import { reportOf, sortedMap, type Report } from "./report.ts";

interface Checked {
  readonly spec: DaemonSetSpec;
  readonly status: DaemonSetStatus;
}

export function validateDaemonSet({ spec }: Checked): FieldError[] {
  return reportOf((report) => {
    const { labels } = spec.template.metadata;
    checkLabelSelector(report, "spec.selector", spec.selector);
    if (tryMatcher(spec.selector)?.matches(labels) === false) {
      const rule = "`selector` does not match template `labels`";
      report.invalid("spec.template.metadata.labels", sortedMap(labels), rule);
    }
    if (spec.selector && isEmptySelector(spec.selector)) {
      report.invalid("spec.selector", spec.selector, "empty selector is invalid for daemonset");
    }
    checkPodTemplate(report, "spec.template", spec.template);
    checkLastingTemplate(report, "spec.template", spec.template, "DaemonSet");
    report.nonNegative("spec.minReadySeconds", spec.minReadySeconds);
    checkStrategy(report, "spec.updateStrategy", spec.updateStrategy);
    report.nonNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit);
  });
}

function checkStrategy(report: Report, path: string, { type, rollingUpdate }: DaemonSetUpdateStrategy): void {
  if (type === "OnDelete") return;
  const at = `${path}.rollingUpdate`;
  if (type !== "RollingUpdate") {
    const shown = { Type: type ?? "", RollingUpdate: rollingUpdate ?? null };
    report.notSupported(path, shown, ["RollingUpdate", "OnDelete"]);
  } else if (!rollingUpdate) report.required(at);
  else {
    const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
    checkIntOrPercent(report, `${at}.maxUnavailable`, maxUnavailable);
    checkIntOrPercent(report, `${at}.maxSurge`, maxSurge);
    checkAtMostAll(report, `${at}.maxUnavailable`, maxUnavailable);
    checkAtMostAll(report, `${at}.maxSurge`, maxSurge);
    const [unavailable, surge] = [amountOf(maxUnavailable) !== 0, amountOf(maxSurge) !== 0];
    if (unavailable && surge) {
      report.invalid(`${at}.maxSurge`, maxSurge, "may not be set when maxUnavailable is non-zero");
    } else if (!unavailable && !surge) {
      report.required(`${at}.maxUnavailable`, "cannot be 0 when maxSurge is 0");
    }
  }
}

export function validateDaemonSetUpdate(next: Checked, previous: Checked): FieldError[] {
  const { selector } = next.spec;
  return reportOf((report) => report.immutable("spec.selector", selector, equalJson(selector, previous.spec.selector)));
}

export function validateDaemonSetStatusUpdate({ status }: Checked, previous: Checked): FieldError[] {
  return reportOf((report) => {
    checkCounts(report, status, [
      "currentNumberScheduled",
      "numberMisscheduled",
      "desiredNumberScheduled",
      "numberReady",
      "observedGeneration",
      "updatedNumberScheduled",
      "numberAvailable",
      "numberUnavailable",
      "collisionCount",
    ]);
    checkCollisions(report, status, previous.status);
  });
}
