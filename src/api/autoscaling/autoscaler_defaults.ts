import type { DraftOf } from "../schema/schema.ts";
import type { MetricSpec } from "./metric_spec.ts";
import type { HorizontalPodAutoscalerBehavior } from "./scaling_rules.ts";

interface AutoscalerDraft {
  spec: {
    metrics?: DraftOf<typeof MetricSpec>[] | undefined;
    behavior?: DraftOf<typeof HorizontalPodAutoscalerBehavior> | undefined;
  };
}

const CPU_PERCENT = 80;
const PERIOD_SECONDS = 15;

/**
 * The defaults of an autoscaler that depend on other fields: it goes by processor use, doubles or adds four pods at
 * once, and takes all away that are too many. How long it waits before it takes away is the controller's own setting.
 */
export function setAutoscalerDefaults({ spec }: AutoscalerDraft): void {
  if (!spec.metrics?.length) {
    const target = { type: "Utilization", averageUtilization: CPU_PERCENT };
    spec.metrics = [{ type: "Resource", resource: { name: "cpu", target } }];
  }
  if (!spec.behavior) return;
  const up = (spec.behavior.scaleUp ??= {});
  up.stabilizationWindowSeconds ??= 0;
  up.selectPolicy ??= "Max";
  const all = { type: "Percent", value: 100, periodSeconds: PERIOD_SECONDS };
  up.policies ??= [{ type: "Pods", value: 4, periodSeconds: PERIOD_SECONDS }, all];
  const down = (spec.behavior.scaleDown ??= {});
  down.selectPolicy ??= "Max";
  down.policies ??= [{ ...all }];
}
