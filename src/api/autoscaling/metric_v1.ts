import type { Json, JsonObject } from "../json.ts";
import { isJsonObject } from "../json.ts";

/*
 * How the first version of autoscalers wrote the metrics it knew nothing of, as JSON in annotations: flat, where
 * later versions have a metric, a target and what is. All functions take what a client may have sent there.
 */

type Fields = Readonly<Record<string, Json | undefined>>;

/** Without what is undefined. */
function object(fields: Fields): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as JsonObject;
}

function part(value: Json | undefined, name: string): JsonObject {
  const found = isJsonObject(value) ? value[name] : undefined;
  return isJsonObject(found) ? found : {};
}

const SOURCES = ["object", "pods", "resource", "containerResource", "external"] as const;
type Source = (typeof SOURCES)[number];

/** Turns the one source that a metric has; what is none is left out. */
function metricWith(metric: Json, turn: (source: Source, value: JsonObject) => Fields): JsonObject {
  if (!isJsonObject(metric)) return {};
  const sources = SOURCES.flatMap((source) => {
    const value = metric[source];
    return isJsonObject(value) ? [[source, object(turn(source, value))] as const] : [];
  });
  return object({ type: metric["type"], ...Object.fromEntries(sources) });
}

/** A metric of a spec in the old form. */
export function oldMetric(metric: Json): JsonObject {
  return metricWith(metric, (source, value) => {
    const target = part(value, "target");
    const { name, selector } = part(value, "metric");
    switch (source) {
      case "object":
        return {
          target: value["describedObject"],
          metricName: name,
          targetValue: target["value"] ?? "0",
          selector,
          averageValue: target["averageValue"],
        };
      case "pods":
        return { metricName: name, targetAverageValue: target["averageValue"] ?? "0", selector };
      case "external":
        return {
          metricName: name,
          metricSelector: selector,
          targetValue: target["value"],
          targetAverageValue: target["averageValue"],
        };
      default:
        return {
          name: value["name"],
          targetAverageUtilization: target["averageUtilization"],
          targetAverageValue: target["averageValue"],
          container: value["container"],
        };
    }
  });
}

/** A metric of a spec, from the old form. */
export function newMetric(metric: Json): JsonObject {
  return metricWith(metric, (source, value) => {
    switch (source) {
      case "object": {
        const { averageValue } = value;
        const target =
          averageValue === undefined
            ? { type: "Value", value: value["targetValue"] }
            : { type: "AverageValue", averageValue };
        return { describedObject: value["target"], target: object(target), metric: identifier(value, "selector") };
      }
      case "pods":
        return {
          metric: identifier(value, "selector"),
          target: object({ type: "AverageValue", averageValue: value["targetAverageValue"] }),
        };
      case "external": {
        const { targetValue, targetAverageValue: averageValue } = value;
        const type = targetValue === undefined ? "AverageValue" : "Value";
        return {
          metric: identifier(value, "metricSelector"),
          target: object({ type, value: targetValue, averageValue }),
        };
      }
      default: {
        const { targetAverageUtilization: averageUtilization, targetAverageValue: averageValue } = value;
        const type = averageUtilization === undefined ? "AverageValue" : "Utilization";
        const target = object({ type, averageValue, averageUtilization });
        return { name: value["name"], target, container: value["container"] };
      }
    }
  });
}

function identifier(value: JsonObject, selector: string): JsonObject {
  return object({ name: value["metricName"], selector: value[selector] });
}

/** What a metric was found to be, in the old form. */
export function oldMetricStatus(metric: Json): JsonObject {
  return metricWith(metric, (source, value) => {
    const current = part(value, "current");
    const { name, selector } = part(value, "metric");
    switch (source) {
      case "object":
        return {
          target: value["describedObject"],
          metricName: name,
          currentValue: current["value"] ?? "0",
          selector,
          averageValue: current["averageValue"],
        };
      case "pods":
        return { metricName: name, currentAverageValue: current["averageValue"] ?? "0", selector };
      case "external":
        return {
          metricName: name,
          metricSelector: selector,
          currentValue: current["value"] ?? "0",
          currentAverageValue: current["averageValue"],
        };
      default:
        return {
          name: value["name"],
          currentAverageUtilization: current["averageUtilization"],
          currentAverageValue: current["averageValue"] ?? "0",
          container: value["container"],
        };
    }
  });
}

/** What a metric was found to be, from the old form. */
export function newMetricStatus(metric: Json): JsonObject {
  return metricWith(metric, (source, value) => {
    switch (source) {
      case "object":
        return {
          describedObject: value["target"],
          metric: identifier(value, "selector"),
          current: object({ value: value["currentValue"], averageValue: value["averageValue"] }),
        };
      case "pods":
        return {
          metric: identifier(value, "selector"),
          current: object({ averageValue: value["currentAverageValue"] }),
        };
      case "external":
        return {
          metric: identifier(value, "metricSelector"),
          current: object({ value: value["currentValue"], averageValue: value["currentAverageValue"] }),
        };
      default: {
        const averageUtilization = value["currentAverageUtilization"];
        const current = object({ averageValue: value["currentAverageValue"], averageUtilization });
        return { name: value["name"], current, container: value["container"] };
      }
    }
  });
}
