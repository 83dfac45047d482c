import { AGE, NAME, column } from "../columns.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { Column } from "../schema/kind.ts";
import type { HorizontalPodAutoscalerSpec, HorizontalPodAutoscalerStatus } from "./horizontalpodautoscaler.ts";
import type { MetricSpec } from "./metric_spec.ts";
import type { MetricStatus } from "./metric_status.ts";
import type { MetricTarget, MetricValueStatus } from "./metric_target.ts";

interface AutoscalerLike {
  readonly metadata: ObjectMeta;
  readonly spec: HorizontalPodAutoscalerSpec;
  readonly status: HorizontalPodAutoscalerStatus;
}

const SHOWN_MAX = 2;
const UNKNOWN = "<unknown>";

/** What is, and what should be, of the first two metrics. */
function targetsText({ spec, status }: AutoscalerLike): string {
  const metrics = spec.metrics ?? [];
  if (metrics.length === 0) return "<none>";
  const texts = metrics.slice(0, SHOWN_MAX).map((metric, i) => targetText(metric, status.currentMetrics?.[i]));
  const more = metrics.length > SHOWN_MAX ? ` + ${metrics.length - SHOWN_MAX} more...` : "";
  return texts.join(", ") + more;
}

function targetText(metric: MetricSpec, status: MetricStatus | undefined): string {
  switch (metric.type) {
    case "External":
      return valueText(metric.external?.target, status?.external?.current);
    case "Object":
      return valueText(metric.object?.target, status?.object?.current);
    case "Pods":
      return `${status?.pods?.current.averageValue ?? UNKNOWN}/${metric.pods?.target.averageValue ?? UNKNOWN}`;
    case "Resource":
      return resourceText(metric.resource, status?.resource?.current);
    case "ContainerResource":
      return resourceText(metric.containerResource, status?.containerResource?.current);
    default:
      return "<unknown type>";
  }
}

function valueText(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  const { averageValue, value } = target ?? {};
  if (averageValue !== undefined) return `${current?.averageValue ?? UNKNOWN}/${averageValue} (avg)`;
  return `${current?.value ?? UNKNOWN}/${value ?? UNKNOWN}`;
}

interface Resource {
  readonly name: string;
  readonly target: MetricTarget;
}

function resourceText(resource: Resource | undefined, current: MetricValueStatus | undefined): string {
  if (!resource) return UNKNOWN;
  const { averageValue, averageUtilization } = resource.target;
  if (averageValue !== undefined) return `${resource.name}: ${current?.averageValue ?? UNKNOWN}/${averageValue}`;
  const used = current?.averageUtilization;
  const wanted = averageUtilization === undefined ? "<auto>" : `${averageUtilization}%`;
  return `${resource.name}: ${used === undefined ? UNKNOWN : `${used}%`}/${wanted}`;
}

export const AUTOSCALER_COLUMNS: readonly Column<AutoscalerLike>[] = [
  NAME,
  column("Reference", "string", "What it scales.", ({ spec: { scaleTargetRef: ref } }) => `${ref.kind}/${ref.name}`),
  column("Targets", "string", "What is, and what should be.", targetsText),
  column("MinPods", "string", "Never fewer.", ({ spec }) => String(spec.minReplicas)),
  column("MaxPods", "string", "Never more.", ({ spec }) => spec.maxReplicas),
  column("Replicas", "string", "Pods there are.", ({ status }) => status.currentReplicas ?? 0),
  AGE,
];
