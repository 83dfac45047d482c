import assert from "node:assert/strict";
import { test } from "node:test";
import { profilesOf } from "./configuration.ts";
import { SchedulerConfigurationError, parseSchedulerConfiguration } from "./configuration_file.ts";

const HEAD = "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n";

const weightsOf = (text: string): Record<string, Record<string, number>> => {
  const profiles = profilesOf(parseSchedulerConfiguration(HEAD + text).profiles);
  return Object.fromEntries(
    Array.from(profiles, ([name, { plugins }]) => [
      name,
      Object.fromEntries(plugins.filter(({ weight }) => weight > 0).map(({ plugin, weight }) => [plugin.name, weight])),
    ]),
  );
};

const DEFAULTS = {
  TaintToleration: 3,
  NodeAffinity: 2,
  NodeResourcesFit: 1,
  PodTopologySpread: 2,
  InterPodAffinity: 2,
  NodeResourcesBalancedAllocation: 1,
  ImageLocality: 1,
};

test("an empty configuration is the default one", () => {
  assert.deepEqual(weightsOf(""), { "default-scheduler": DEFAULTS });
});

test("several profiles, weights of their own, and plugins left out", () => {
  const weights = weightsOf(`
profiles:
- schedulerName: default-scheduler
- schedulerName: packing
  plugins:
    score:
      disabled: [{name: ImageLocality}]
      enabled: [{name: NodeAffinity, weight: 7}]
    multiPoint:
      disabled: [{name: NodeResourcesBalancedAllocation}]
`);
  const { ImageLocality: _image, NodeResourcesBalancedAllocation: _balance, ...rest } = DEFAULTS;
  assert.deepEqual(weights, { "default-scheduler": DEFAULTS, packing: { ...rest, NodeAffinity: 7 } });
});

test("all scores off but one", () => {
  const weights = weightsOf(`
profiles:
- plugins:
    score:
      disabled: [{name: "*"}]
      enabled: [{name: ImageLocality, weight: 2}]
`);
  assert.deepEqual(weights, { "default-scheduler": { ImageLocality: 2 } });
});

test("arguments of plugins, and extenders", () => {
  const { profiles, extenders } = parseSchedulerConfiguration(`${HEAD}
percentageOfNodesToScore: 30
profiles:
- schedulerName: packing
  pluginConfig:
  - name: NodeResourcesFit
    args:
      scoringStrategy:
        type: RequestedToCapacityRatio
        resources: [{name: cpu, weight: 3}]
        requestedToCapacityRatio: {shape: [{utilization: 0, score: 0}, {utilization: 100, score: 10}]}
  - name: PodTopologySpread
    args:
      defaultingType: List
      defaultConstraints: [{topologyKey: zone, maxSkew: 2, whenUnsatisfiable: DoNotSchedule}]
extenders:
- urlPrefix: http://127.0.0.1:8888/
  filterVerb: filter
  weight: 2
  httpTimeout: 1500ms
  managedResources: [{name: example.com/gpu, ignoredByScheduler: true}]
`);
  assert.equal(profiles?.[0]?.percentageOfNodesToScore, 30);
  assert.deepEqual(profiles[0].scoringStrategy, {
    type: "RequestedToCapacityRatio",
    resources: [{ name: "cpu", weight: 3 }],
    shape: [
      { utilization: 0, score: 0 },
      { utilization: 100, score: 10 },
    ],
  });
  assert.deepEqual(profiles[0].defaultConstraints, [
    { topologyKey: "zone", maxSkew: 2, whenUnsatisfiable: "DoNotSchedule" },
  ]);
  assert.equal(extenders[0]?.timeoutMs, 1_500);
  assert.deepEqual(extenders[0]?.managedResources, [{ name: "example.com/gpu", ignoredByScheduler: true }]);
});

test("another kind and unknown plugins are refused, and so are two profiles of one name", () => {
  assert.throws(() => parseSchedulerConfiguration("kind: Pod"), SchedulerConfigurationError);
  assert.throws(
    () => weightsOf("profiles: [{plugins: {score: {enabled: [{name: Mystery}]}}}]"),
    /there is no plugin "Mystery"/,
  );
  assert.throws(() => weightsOf("profiles: [{}, {}]"), /There are two profiles named "default-scheduler"/);
});
