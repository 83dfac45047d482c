import type { MetricSpec } from "#api/autoscaling/metric_spec.ts";
import type { MetricStatus } from "#api/autoscaling/metric_status.ts";
import type { MetricTarget, MetricValueStatus } from "#api/autoscaling/metric_target.ts";
import { formatQuantity, quantityToMilli } from "#api/quantity.ts";
import type { Metric, MetricsApi } from "./autoscaler_metrics_api.ts";
import { MetricError } from "./autoscaler_pods.ts";
import {
  averageReplicas,
  shareReplicas,
  utilizationReplicas,
  valueReplicas,
  type Scene,
} from "./autoscaler_replicas.ts";
import { selectorText } from "./selector_text.ts";

/** What one metric asks for. */
export interface Proposal {
  readonly replicas: number;
  /** How the metric is called in events. */
  readonly name: string;
  readonly status: MetricStatus;
}

/** One metric asks for nothing, as it cannot be told. */
export class ProposalError extends Error {
  override readonly name = "ProposalError";
  /** For the event and the condition. */
  readonly reason: string;
  readonly why: string;

  constructor(reason: string, why: string, message: string) {
    super(message);
    this.reason = reason;
    this.why = why;
  }
}

/** Where a metric is looked at. */
export interface Place extends Scene {
  readonly namespace: string;
  /** Of the target's pods. */
  readonly selector: string;
  /** Replicas the target has now. */
  readonly has: number;
}

/** What one metric of an autoscaler asks for. @throws {ProposalError} */
export async function propose(spec: MetricSpec, place: Place, api: MetricsApi): Promise<Proposal> {
  const { object, pods, resource, containerResource, external } = spec;
  if (spec.type === "Object" && object) {
    return failing("FailedGetObjectMetric", "object metric value", () => ofObject(object, place, api));
  }
  if (spec.type === "Pods" && pods) {
    return failing("FailedGetPodsMetric", "pods metric value", () => ofPods(pods, place, api));
  }
  if (spec.type === "Resource" && resource) {
    const what = `${resource.name} resource metric value`;
    return failing("FailedGetResourceMetric", what, () => ofResource(resource, place, api));
  }
  if (spec.type === "ContainerResource" && containerResource) {
    const what = `${containerResource.container} container metric value`;
    return failing("FailedGetContainerResourceMetric", what, () => ofContainer(containerResource, place, api));
  }
  if (spec.type === "External" && external) {
    const what = `${external.metric.name} external metric value`;
    return failing("FailedGetExternalMetric", what, () => ofExternal(external, place, api));
  }
  const why = `unknown metric source type ${JSON.stringify(spec.type)}`;
  throw new ProposalError("InvalidMetricSourceType", why, why);
}

async function failing(reason: string, what: string, make: () => Promise<Proposal>): Promise<Proposal> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof MetricError)) throw error;
    throw new ProposalError(reason, error.message, `failed to get ${what}: ${error.message}`);
  }
}

/** `make`, whose refusals begin with `what`. */
async function within<T>(what: string, make: () => T | Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof MetricError)) throw error;
    throw new MetricError(`${what}: ${error.message}`);
  }
}

async function ofResource(source: NonNullable<MetricSpec["resource"]>, place: Place, api: MetricsApi) {
  const { name } = source;
  const found = await ofUsage(name, "", source.target, place, api);
  const status: MetricStatus = { type: "Resource", resource: { name, current: found.current } };
  return { replicas: found.replicas, name: `${name} resource${found.suffix}`, status };
}

async function ofContainer(source: NonNullable<MetricSpec["containerResource"]>, place: Place, api: MetricsApi) {
  const { name, container } = source;
  const found = await ofUsage(name, container, source.target, place, api);
  const status: MetricStatus = {
    type: "ContainerResource",
    containerResource: { name, container, current: found.current },
  };
  const kind = found.suffix === "" ? "resource" : "container resource";
  return { replicas: found.replicas, name: `${name} ${kind}${found.suffix}`, status };
}

async function ofUsage(resource: string, container: string, target: MetricTarget, place: Place, api: MetricsApi) {
  const { averageValue, averageUtilization: percent } = target;
  const what = averageValue === undefined ? "utilization" : "usage";
  if (averageValue === undefined && percent === undefined) {
    throw new MetricError(
      "invalid resource metric source: neither an average utilization target nor an average value (usage) target was set",
    );
  }
  return within(`failed to get ${resource} ${what}`, async () => {
    const metrics = await within(`unable to get metrics for resource ${resource}`, () =>
      api.resource(place.namespace, place.selector, resource, container),
    );
    if (averageValue !== undefined) {
      const value = quantityToMilli(averageValue);
      const { replicas, average } = averageReplicas(place, metrics, { value, resource });
      return { replicas, current: { averageValue: milli(average) }, suffix: "" };
    }
    const found = utilizationReplicas(place, metrics, { percent: percent ?? 0, resource, container });
    const current = { averageUtilization: found.percent, averageValue: milli(found.average) };
    return { replicas: found.replicas, current, suffix: " utilization (percentage of request)" };
  });
}

async function ofPods({ metric, target }: NonNullable<MetricSpec["pods"]>, place: Place, api: MetricsApi) {
  const metrics = await within(`unable to get metric ${metric.name}`, () =>
    api.pods(place.namespace, place.selector, metric),
  );
  const value = quantityToMilli(target.averageValue ?? "0");
  const { replicas, average } = averageReplicas(place, metrics, { value, resource: "" });
  const status: MetricStatus = { type: "Pods", pods: { metric, current: { averageValue: milli(average) } } };
  return { replicas, name: `pods metric ${metric.name}`, status };
}

async function ofObject(source: NonNullable<MetricSpec["object"]>, place: Place, api: MetricsApi): Promise<Proposal> {
  const { describedObject: about, metric, target } = source;
  const where = `unable to get metric ${metric.name}: ${about.kind} on ${place.namespace} ${about.name}/`;
  const ask = async () => {
    try {
      return await api.object(place.namespace, about, metric);
    } catch (error) {
      throw error instanceof MetricError ? new MetricError(where + error.message) : error;
    }
  };
  const statusOf = (current: MetricValueStatus): MetricStatus => ({
    type: "Object",
    object: { describedObject: about, metric, current },
  });
  if (target.type === "Value" && target.value !== undefined) {
    const usage = await ask();
    const replicas = valueReplicas(place, usage, quantityToMilli(target.value));
    return { replicas, name: `${about.kind} metric ${metric.name}`, status: statusOf({ value: milli(usage) }) };
  }
  const { averageValue } = target;
  if (target.type !== "AverageValue" || averageValue === undefined) {
    throw new MetricError("invalid object metric source: neither a value target nor an average value target was set");
  }
  return within(`failed to get ${metric.name} object metric`, async () => {
    const found = shareReplicas(place, place.has, await ask(), quantityToMilli(averageValue));
    return {
      replicas: found.replicas,
      name: outsideName(metric),
      status: statusOf({ averageValue: milli(found.average) }),
    };
  });
}

async function ofExternal({ metric, target }: NonNullable<MetricSpec["external"]>, place: Place, api: MetricsApi) {
  const { namespace } = place;
  const where = `unable to get external metric ${namespace}/${metric.name}/${selectorText(metric.selector)}`;
  const ask = () =>
    within(where, async () => (await api.external(namespace, metric)).reduce((sum, value) => sum + value, 0));
  const proposal = (replicas: number, current: MetricValueStatus): Proposal => ({
    replicas,
    name: outsideName(metric),
    status: { type: "External", external: { metric, current } },
  });
  const { averageValue, value } = target;
  if (averageValue !== undefined) {
    return within(`failed to get ${metric.name} external metric`, async () => {
      const found = shareReplicas(place, place.has, await ask(), quantityToMilli(averageValue));
      return proposal(found.replicas, { averageValue: milli(found.average) });
    });
  }
  if (value === undefined) {
    throw new MetricError("invalid external metric source: neither a value target nor an average value target was set");
  }
  return within(`failed to get external metric ${metric.name}`, async () => {
    const usage = await ask();
    return proposal(valueReplicas(place, usage, quantityToMilli(value)), { value: milli(usage) });
  });
}

function outsideName({ name, selector }: Metric): string {
  return `external metric ${name}(${selectorText(selector)})`;
}

/** So many thousandths as a quantity. */
function milli(value: number): string {
  return formatQuantity({ value: BigInt(Math.trunc(value)), scale: -3, format: "DecimalSI" });
}
