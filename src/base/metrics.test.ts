import assert from "node:assert/strict";
import { test } from "node:test";
import { MetricRegistry } from "./metrics.ts";

test("families are written in Prometheus' text form, in the order declared", () => {
  const metrics = new MetricRegistry();
  const requests = metrics.counter("requests_total", "All\nrequests.", ["verb", "path"]);
  requests.of("GET", 'a"\\\n').add();
  requests.of("GET", 'a"\\\n').add(2);
  metrics.gauge("open", "Open now.").of().add(4);
  metrics.read("gauge", "objects", "Objects.", ["resource"], () => [[["pods"], 7]]);
  assert.equal(
    metrics.text(),
    [
      String.raw`# HELP requests_total All\nrequests.`,
      "# TYPE requests_total counter",
      String.raw`requests_total{verb="GET",path="a\"\\\n"} 3`,
      "# HELP open Open now.",
      "# TYPE open gauge",
      "open 4",
      "# HELP objects Objects.",
      "# TYPE objects gauge",
      'objects{resource="pods"} 7',
      "",
    ].join("\n"),
  );
});

test("a histogram's buckets count everything up to their bound", () => {
  const metrics = new MetricRegistry();
  const seconds = metrics.histogram("seconds", "Time.", ["verb"], [0.1, 1]).of("GET");
  for (const value of [0.05, 0.1, 0.5, 3]) seconds.observe(value);
  assert.deepEqual(metrics.text().split("\n").slice(2), [
    'seconds_bucket{verb="GET",le="0.1"} 2',
    'seconds_bucket{verb="GET",le="1"} 3',
    'seconds_bucket{verb="GET",le="+Inf"} 4',
    'seconds_sum{verb="GET"} 3.65',
    'seconds_count{verb="GET"} 4',
    "",
  ]);
});

test("a name is declared once", () => {
  const metrics = new MetricRegistry();
  metrics.counter("a", "A.");
  assert.throws(() => metrics.gauge("a", "B."), RangeError);
});
