import { decoderOf } from "../codec/compile.ts";
import { isFormatError } from "../codec/scalars.ts";
import { Mismatch } from "../codec/mismatch.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import type { Conversion } from "../schema/kind.ts";
import type { Schema } from "../schema/schema.ts";
import { HorizontalPodAutoscaler, HorizontalPodAutoscalerCondition } from "./horizontalpodautoscaler.ts";
import { MetricSpec } from "./metric_spec.ts";
import { MetricStatus } from "./metric_status.ts";
import { newMetric, newMetricStatus, oldMetric, oldMetricStatus } from "./metric_v1.ts";
import { HorizontalPodAutoscalerBehavior } from "./scaling_rules.ts";

/*
 * autoscaling/v1 of what is stored as v2, as upstream has it (pkg/apis/autoscaling/v1/conversion.go): what v1 has no
 * field for is in annotations when it is read, and taken from them when it is written.
 */

const PREFIX = "autoscaling.alpha.kubernetes.io";
const METRICS = `${PREFIX}/metrics`;
const CURRENT_METRICS = `${PREFIX}/current-metrics`;
const CONDITIONS = `${PREFIX}/conditions`;
const BEHAVIOR = `${PREFIX}/behavior`;

function listOf(item: Schema): Schema {
  return { shape: "list", item, listType: "atomic" };
}

/** Whether a metric, or what it was found to be, is the one that v1 has a field for. */
function isProcessorUse(metric: Json, at: "target" | "current"): boolean {
  if (!isJsonObject(metric) || metric["type"] !== "Resource" || !isJsonObject(metric["resource"])) return false;
  const { name, [at]: target } = metric["resource"];
  return name === "cpu" && isJsonObject(target) && target["averageUtilization"] !== undefined;
}

function processorUse(metrics: Json | undefined, at: "target" | "current"): Json | undefined {
  const found = itemsOf(metrics).find((metric) => isProcessorUse(metric, at));
  return ((found as JsonObject | undefined)?.["resource"] as Record<typeof at, JsonObject> | undefined)?.[at]?.[
    "averageUtilization"
  ];
}

function itemsOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function fieldsOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** Without what is undefined. */
function present(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as JsonObject;
}

function fromStored(stored: JsonObject): JsonObject {
  const { spec, status, metadata, ...rest } = stored;
  const annotations = { ...fieldsOf(fieldsOf(metadata)["annotations"]), ...carried(fieldsOf(spec), fieldsOf(status)) };
  const hasAnnotations = Object.keys(annotations).length > 0;
  return {
    ...rest,
    apiVersion: "autoscaling/v1",
    metadata: { ...fieldsOf(metadata), ...(hasAnnotations && { annotations }) },
    ...(spec !== undefined && { spec: oldSpec(fieldsOf(spec)) }),
    ...(status !== undefined && { status: oldStatus(fieldsOf(status)) }),
  };
}

function oldSpec(stored: JsonObject): JsonObject {
  const { metrics, behavior: _, ...spec } = stored;
  return present({ ...spec, targetCPUUtilizationPercentage: processorUse(metrics, "target") });
}

function oldStatus(stored: JsonObject): JsonObject {
  const { currentMetrics, conditions: _, ...status } = stored;
  const zero = { currentReplicas: 0, desiredReplicas: 0 };
  return present({ ...zero, ...status, currentCPUUtilizationPercentage: processorUse(currentMetrics, "current") });
}

/** What v1 has no fields for, as annotations. */
function carried(spec: JsonObject, status: JsonObject): JsonObject {
  const metrics = itemsOf(spec["metrics"]).filter((metric) => !isProcessorUse(metric, "target"));
  const current = itemsOf(status["currentMetrics"]);
  const conditions = itemsOf(status["conditions"]);
  const { behavior } = spec;
  return {
    ...(metrics.length > 0 && { [METRICS]: JSON.stringify(metrics.map(oldMetric)) }),
    ...(current.length > 0 && { [CURRENT_METRICS]: JSON.stringify(current.map(oldMetricStatus)) }),
    ...(conditions.length > 0 && { [CONDITIONS]: JSON.stringify(conditions) }),
    ...(isJsonObject(behavior) && { [BEHAVIOR]: JSON.stringify(capitalized(behavior, BEHAVIOR_NAMES)) }),
  };
}

function toStored(served: JsonObject): JsonObject {
  const { spec, status, metadata, ...rest } = served;
  const { annotations, ...meta } = fieldsOf(metadata);
  const given = fieldsOf(annotations);
  const { [METRICS]: _m, [CURRENT_METRICS]: _c, [CONDITIONS]: _s, [BEHAVIOR]: _b, ...kept } = given;
  const hasAnnotations = isJsonObject(annotations) && (Object.keys(kept).length > 0 || Object.keys(given).length === 0);
  return {
    ...rest,
    apiVersion: HorizontalPodAutoscaler.apiVersion,
    ...(metadata !== undefined && { metadata: { ...meta, ...(hasAnnotations && { annotations: kept }) } }),
    ...(spec !== undefined && { spec: newSpec(fieldsOf(spec), given) }),
    ...(status !== undefined && { status: newStatus(fieldsOf(status), given) }),
  };
}

function newSpec(
  { targetCPUUtilizationPercentage: percent, ...spec }: JsonObject,
  annotations: JsonObject,
): JsonObject {
  const target = { type: "Utilization", averageUtilization: percent ?? null };
  const own = percent === undefined ? [] : [{ type: "Resource", resource: { name: "cpu", target } }];
  const others = parsed(annotations[METRICS], listOf(MetricSpec), (value) => itemsOf(value).map(newMetric));
  const metrics = [...itemsOf(others), ...own];
  const behavior = parsed(annotations[BEHAVIOR], HorizontalPodAutoscalerBehavior, (value) =>
    uncapitalized(value, BEHAVIOR_NAMES),
  );
  const isSet = isJsonObject(behavior) && Object.keys(behavior).length > 0;
  return { ...spec, ...(metrics.length > 0 && { metrics }), ...(isSet && { behavior }) };
}

function newStatus(status: JsonObject, annotations: JsonObject): JsonObject {
  const { currentCPUUtilizationPercentage: percent, ...rest } = status;
  const current = { averageUtilization: percent ?? null };
  const own = percent === undefined ? [] : [{ type: "Resource", resource: { name: "cpu", current } }];
  const all = parsed(annotations[CURRENT_METRICS], listOf(MetricStatus), (value) =>
    itemsOf(value).map(newMetricStatus),
  );
  const conditions = parsed(annotations[CONDITIONS], listOf(HorizontalPodAutoscalerCondition), (value) => value);
  return { ...rest, currentMetrics: all ?? own, ...(conditions !== undefined && { conditions }) };
}

/** What an annotation holds, by its schema; undefined when it is none or not of it: then it is passed over. */
function parsed(text: Json | undefined, schema: Schema, turn: (value: Json) => Json): Json | undefined {
  if (typeof text !== "string") return undefined;
  try {
    return decoderOf(schema)(turn(JSON.parse(text) as Json), { unknown: false }) as Json;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof Mismatch || isFormatError(error)) return undefined;
    throw error;
  }
}

/** The names of Go's fields, which have no others where the behaviour is written: for each of ours, and below it. */
interface Names {
  readonly [name: string]: Names;
}

const POLICY_NAMES: Names = { type: {}, value: {}, periodSeconds: {} };
const RULES_NAMES: Names = { stabilizationWindowSeconds: {}, selectPolicy: {}, policies: POLICY_NAMES, tolerance: {} };
const BEHAVIOR_NAMES: Names = { scaleUp: RULES_NAMES, scaleDown: RULES_NAMES };

function capitalized(value: Json | undefined, names: Names): Json {
  if (Array.isArray(value)) return value.map((each) => capitalized(each, names));
  if (!isJsonObject(value)) return value ?? null;
  const entries = Object.entries(names).map(([name, below]): [string, Json] => {
    return [name.charAt(0).toUpperCase() + name.slice(1), capitalized(value[name], below)];
  });
  return Object.fromEntries(entries);
}

/** The inverse; as Go reads JSON, in whatever case the names are written. */
function uncapitalized(value: Json, names: Names): Json {
  if (Array.isArray(value)) return value.map((each) => uncapitalized(each, names));
  if (!isJsonObject(value)) return value;
  const known = Object.keys(names);
  const entries = Object.entries(value).flatMap(([key, each]): [string, Json][] => {
    const name = known.find((candidate) => candidate.toLowerCase() === key.toLowerCase());
    return name === undefined || each === null ? [] : [[name, uncapitalized(each, names[name] ?? {})]];
  });
  return Object.fromEntries(entries);
}

export const AUTOSCALER_V1_CONVERSION: Conversion<never> = {
  stored: HorizontalPodAutoscaler,
  toStored: (served: JsonObject) => toStored(served),
  fromStored: (stored) => fromStored(stored as JsonObject) as never,
};
