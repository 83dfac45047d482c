import type {
  HorizontalPodAutoscalerSpec,
  HorizontalPodAutoscalerStatus,
} from "../autoscaling/horizontalpodautoscaler.ts";
import type { CrossVersionObjectReference } from "../autoscaling/metric_target.ts";
import type { HPAScalingPolicy, HPAScalingRules } from "../autoscaling/scaling_rules.ts";
import type { FieldError } from "../schema/errors.ts";
import { checkCounts } from "./counts.ts";
import { checkSegment } from "./ingress.ts";
import { checkMetric } from "./metric.ts";
import { reportOf, type Report } from "./report.ts";

const LIMITS = { periodSecondsMax: 1800, windowSecondsMax: 3600 } as const;
const SELECT_POLICIES = ["Disabled", "Max", "Min"];
const POLICY_TYPES = ["Percent", "Pods"];

export function validateAutoscaler({ spec }: { readonly spec: HorizontalPodAutoscalerSpec }): FieldError[] {
  return reportOf((report) => {
    const { minReplicas, maxReplicas, metrics = [], behavior } = spec;
    if (minReplicas < 1) report.invalid("spec.minReplicas", minReplicas, "must be greater than or equal to 1");
    if (maxReplicas < 1) report.invalid("spec.maxReplicas", maxReplicas, "must be greater than 0");
    if (maxReplicas < minReplicas) {
      report.invalid("spec.maxReplicas", maxReplicas, "must be greater than or equal to `minReplicas`");
    }
    checkTarget(report, "spec.scaleTargetRef", spec.scaleTargetRef);
    for (const [i, metric] of metrics.entries()) checkMetric(report, `spec.metrics[${i}]`, metric);
    if (behavior?.scaleUp) checkRules(report, "spec.behavior.scaleUp", behavior.scaleUp);
    if (behavior?.scaleDown) checkRules(report, "spec.behavior.scaleDown", behavior.scaleDown);
  });
}

function checkTarget(report: Report, path: string, { kind, name }: CrossVersionObjectReference): void {
  checkSegment(report, `${path}.kind`, kind);
  checkSegment(report, `${path}.name`, name);
}

function checkRules(report: Report, path: string, rules: HPAScalingRules): void {
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [], tolerance } = rules;
  const at = `${path}.stabilizationWindowSeconds`;
  if (window !== undefined && window < 0) report.invalid(at, window, "must be greater than or equal to zero");
  if (window !== undefined && window > LIMITS.windowSecondsMax) {
    report.invalid(at, window, `must be less than or equal to ${LIMITS.windowSecondsMax}`);
  }
  if (selectPolicy !== undefined && !SELECT_POLICIES.includes(selectPolicy)) {
    report.notSupported(`${path}.selectPolicy`, selectPolicy, SELECT_POLICIES);
  }
  if (policies.length === 0) report.required(`${path}.policies`, "must specify at least one Policy");
  for (const [i, policy] of policies.entries()) checkPolicy(report, `${path}.policies[${i}]`, policy);
  if (tolerance?.startsWith("-")) report.invalid(`${path}.tolerance`, tolerance, "must be greater than or equal to 0");
}

function checkPolicy(report: Report, path: string, { type, value, periodSeconds }: HPAScalingPolicy): void {
  if (!POLICY_TYPES.includes(type)) report.notSupported(`${path}.type`, type, POLICY_TYPES);
  report.positive(`${path}.value`, value);
  report.positive(`${path}.periodSeconds`, periodSeconds);
  if (periodSeconds > LIMITS.periodSecondsMax) {
    report.invalid(`${path}.periodSeconds`, periodSeconds, `must be less than or equal to ${LIMITS.periodSecondsMax}`);
  }
}

export function validateAutoscalerStatusUpdate({
  status,
}: {
  readonly status: HorizontalPodAutoscalerStatus;
}): FieldError[] {
  return reportOf((report) => checkCounts(report, status, ["currentReplicas", "desiredReplicas"]));
}
