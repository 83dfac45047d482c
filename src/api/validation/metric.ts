import type { MetricSpec } from "../autoscaling/metric_spec.ts";
import type { MetricIdentifier, MetricTarget } from "../autoscaling/metric_target.ts";
import { checkSegment } from "./ingress.ts";
import { dnsLabel } from "./names.ts";
import type { Report } from "./report.ts";

/** The field that tells more of a metric of each type. */
const SOURCES = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
} as const;
type SourceType = keyof typeof SOURCES;
const TYPES = Object.keys(SOURCES);

export function checkMetric(report: Report, path: string, metric: MetricSpec): void {
  const { type } = metric;
  if (type === "") report.required(`${path}.type`, "must specify a metric source type");
  const wanted = Object.hasOwn(SOURCES, type) ? SOURCES[type as SourceType] : undefined;
  if (wanted === undefined) report.notSupported(`${path}.type`, type, TYPES);
  const given = Object.values(SOURCES).filter((field) => metric[field] !== undefined);
  checkSource(report, path, metric);
  if (wanted !== undefined && metric[wanted] === undefined) {
    report.required(`${path}.${wanted}`, "must populate information for the given metric source");
  }
  if (given.length === 1) return;
  for (const field of given) {
    if (field !== wanted) report.forbidden(`${path}.${field}`, "must populate the given metric source only");
  }
}

/** Of several sources only the first is looked into. */
function checkSource(report: Report, path: string, metric: MetricSpec): void {
  const { object, external, pods, resource, containerResource } = metric;
  if (object) {
    checkSegment(report, `${path}.object.describedObject.kind`, object.describedObject.kind);
    checkSegment(report, `${path}.object.describedObject.name`, object.describedObject.name);
    checkIdentifier(report, `${path}.object.metric`, object.metric);
    checkTarget(report, `${path}.object.target`, object.target);
    requireValue(report, `${path}.object.target`, object.target, "must set either a target value or averageValue");
  } else if (external) checkExternal(report, `${path}.external`, external);
  else if (pods) {
    checkIdentifier(report, `${path}.pods.metric`, pods.metric);
    checkTarget(report, `${path}.pods.target`, pods.target);
    if (pods.target.averageValue === undefined) {
      report.required(`${path}.pods.target.averageValue`, "must specify a positive target averageValue");
    }
  } else if (resource) checkResource(report, `${path}.resource`, resource);
  else if (containerResource) {
    const at = `${path}.containerResource`;
    const { container } = containerResource;
    if (container === "") report.required(`${at}.container`, "must specify a container");
    else report.check(`${at}.container`, container, dnsLabel);
    checkResource(report, at, containerResource);
  }
}

function requireValue(report: Report, path: string, { value, averageValue }: MetricTarget, detail: string): void {
  if (value === undefined && averageValue === undefined) report.required(`${path}.averageValue`, detail);
}

function checkExternal(report: Report, path: string, { metric, target }: NonNullable<MetricSpec["external"]>): void {
  checkIdentifier(report, `${path}.metric`, metric);
  checkTarget(report, `${path}.target`, target);
  const either = "must set either a target value for metric or a per-pod target";
  requireValue(report, `${path}.target`, target, either);
  if (target.value !== undefined && target.averageValue !== undefined) {
    const rule = "may not set both a target value for metric and a per-pod target";
    report.forbidden(`${path}.target.value`, rule);
  }
}

function checkResource(report: Report, path: string, resource: NonNullable<MetricSpec["resource"]>): void {
  const { name, target } = resource;
  if (name === "") report.required(`${path}.name`, "must specify a resource name");
  checkTarget(report, `${path}.target`, target);
  const { averageUtilization, averageValue } = target;
  if (averageUtilization === undefined && averageValue === undefined) {
    const rule = "must set either a target raw value or a target utilization";
    report.required(`${path}.target.averageUtilization`, rule);
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    const rule = "may not set both a target raw value and a target utilization";
    report.forbidden(`${path}.target.averageValue`, rule);
  }
}

function checkTarget(report: Report, path: string, target: MetricTarget): void {
  const { type, averageUtilization } = target;
  if (type === "") report.required(`${path}.type`, "must specify a metric target type");
  if (!["Utilization", "Value", "AverageValue"].includes(type)) {
    report.invalid(`${path}.type`, type, "must be either Utilization, Value, or AverageValue");
  }
  for (const field of ["value", "averageValue"] as const) {
    const amount = target[field];
    if (amount !== undefined && !isPositive(amount)) report.invalid(`${path}.${field}`, amount, "must be positive");
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    report.invalid(`${path}.averageUtilization`, averageUtilization, "must be greater than 0");
  }
}

function isPositive(amount: string): boolean {
  return !amount.startsWith("-") && /[1-9]/.test(amount);
}

function checkIdentifier(report: Report, path: string, { name }: MetricIdentifier): void {
  if (name === "") report.required(`${path}.name`, "must specify a metric name");
  else checkSegment(report, `${path}.name`, name);
}
