import assert from "node:assert/strict";
import { test } from "node:test";
import type { HPAScalingRules } from "#api/autoscaling/scaling_rules.ts";
import { behaviorOf, limitReplicas, NO_HISTORY, scaledHistory, type History } from "./autoscaler_limits.ts";
import { NOW_MS } from "./fixtures.ts";

const percent = (value: number, periodSeconds = 60) => ({ type: "Percent", value, periodSeconds });
const pods = (value: number, periodSeconds = 60) => ({ type: "Pods", value, periodSeconds });
/** So many seconds ago. */
const ago = (seconds: number, replicas: number) => ({ atMs: NOW_MS - seconds * 1000, replicas });
const changed = (seconds: number, count: number) => ({ atMs: NOW_MS - seconds * 1000, count });

const cases: {
  name: string;
  desired: number;
  current: number;
  min?: number;
  max?: number;
  up?: HPAScalingRules;
  down?: HPAScalingRules;
  history?: Partial<History>;
  replicas: number;
  able?: string;
  limited?: string;
}[] = [
  { name: "gives what is asked for", desired: 5, current: 3, replicas: 5 },
  { name: "never more than the most", desired: 50, current: 30, max: 40, replicas: 40, limited: "TooManyReplicas" },
  { name: "never fewer than the least", desired: 1, current: 3, min: 2, replicas: 2, limited: "TooFewReplicas" },
  { name: "at most doubles", desired: 50, current: 10, replicas: 20, limited: "ScaleUpLimit" },
  { name: "may go from one to four", desired: 50, current: 1, replicas: 4, limited: "ScaleUpLimit" },
  {
    name: "keeps the most asked for in five minutes",
    desired: 2,
    current: 8,
    history: { recommendations: [ago(400, 9), ago(200, 6), ago(100, 4)] },
    replicas: 6,
    able: "ScaleDownStabilized",
  },
  {
    name: "with rules waits five minutes before it takes away, unless they say otherwise",
    desired: 2,
    current: 8,
    down: { policies: [percent(100)] },
    history: { recommendations: [ago(200, 6)] },
    replicas: 6,
    able: "ScaleDownStabilized",
  },
  {
    name: "takes away at once without a window",
    desired: 2,
    current: 8,
    down: { stabilizationWindowSeconds: 0, policies: [percent(100)] },
    history: { recommendations: [ago(10, 6)] },
    replicas: 2,
  },
  {
    name: "goes up no further than was asked for all along a window",
    desired: 9,
    current: 3,
    up: { stabilizationWindowSeconds: 60, policies: [percent(900)] },
    history: { recommendations: [ago(70, 1), ago(30, 5), ago(15, 7)] },
    replicas: 5,
    able: "ScaleUpStabilized",
  },
  {
    name: "adds the most that one of its policies allows",
    desired: 50,
    current: 10,
    up: { policies: [percent(50), pods(4)] },
    replicas: 15,
    limited: "ScaleUpLimit",
  },
  {
    name: "adds the least that one of its policies allows, when told so",
    desired: 50,
    current: 10,
    up: { selectPolicy: "Min", policies: [percent(50), pods(4)] },
    replicas: 14,
    limited: "ScaleUpLimit",
  },
  {
    name: "counts what was added within a policy's period",
    desired: 50,
    current: 10,
    up: { policies: [pods(4)] },
    history: { ups: [changed(30, 3), changed(90, 5)] },
    replicas: 11,
    limited: "ScaleUpLimit",
  },
  {
    name: "adds nothing while more than the policy was added",
    desired: 50,
    current: 10,
    up: { policies: [pods(4)] },
    history: { ups: [changed(30, 6)] },
    replicas: 10,
    limited: "ScaleUpLimit",
  },
  {
    name: "never adds when that is disabled",
    desired: 50,
    current: 10,
    up: { selectPolicy: "Disabled", policies: [pods(4)] },
    replicas: 10,
    limited: "ScaleUpLimit",
  },
  {
    name: "takes away the most that one of its policies allows",
    desired: 1,
    current: 10,
    down: { stabilizationWindowSeconds: 0, policies: [percent(10), pods(4)] },
    replicas: 6,
    limited: "ScaleDownLimit",
  },
  {
    name: "takes away the least that one of its policies allows, when told so",
    desired: 1,
    current: 10,
    down: { stabilizationWindowSeconds: 0, selectPolicy: "Min", policies: [percent(10), pods(4)] },
    replicas: 9,
    limited: "ScaleDownLimit",
  },
  {
    name: "rounds a share down on the way down",
    desired: 1,
    current: 5,
    down: { stabilizationWindowSeconds: 0, policies: [percent(10)] },
    replicas: 4,
    limited: "ScaleDownLimit",
  },
  {
    name: "never takes away when that is disabled",
    desired: 1,
    current: 10,
    down: { stabilizationWindowSeconds: 0, selectPolicy: "Disabled", policies: [pods(4)] },
    replicas: 10,
    limited: "ScaleDownLimit",
  },
];
for (const c of cases) {
  test(`limitReplicas() ${c.name}`, () => {
    const behavior = c.up || c.down ? behaviorOf({ scaleUp: c.up, scaleDown: c.down }) : undefined;
    const bounds = { current: c.current, min: c.min ?? 1, max: c.max ?? 100 };
    const found = limitReplicas(c.desired, bounds, behavior, { ...NO_HISTORY, ...c.history }, NOW_MS);
    assert.equal(found.replicas, c.replicas);
    assert.equal(found.ableToScale.reason, c.able ?? "ReadyForNewScale");
    assert.equal(found.scalingLimited.reason, c.limited ?? "DesiredWithinRange");
    assert.equal(found.scalingLimited.status, c.limited ? "True" : "False");
  });
}

test("what was asked for is remembered for as long as it counts", () => {
  let history: History = NO_HISTORY;
  for (let seconds = 0; seconds < 3600; seconds += 15) {
    ({ history } = limitReplicas(2, { current: 2, min: 1, max: 9 }, undefined, history, NOW_MS + seconds * 1000));
  }
  assert.equal(history.recommendations.length, 20);
});

test("changes are remembered for the longest period, and only where rules count them", () => {
  assert.equal(scaledHistory(NO_HISTORY, undefined, { from: 1, to: 3 }, NOW_MS), NO_HISTORY);
  const behavior = behaviorOf({ scaleUp: { policies: [pods(1, 60)] }, scaleDown: { policies: [pods(1, 120)] } });
  const before = { ...NO_HISTORY, ups: [changed(90, 1), changed(130, 1)] };
  const { ups, downs } = scaledHistory(before, behavior, { from: 5, to: 3 }, NOW_MS);
  assert.deepEqual([ups, downs], [[changed(90, 1)], [changed(0, 2)]]);
});
