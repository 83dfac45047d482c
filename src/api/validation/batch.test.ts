import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CronScheduleError, parseCronSchedule } from "../batch/cron_schedule.ts";
import { CronJob } from "../batch/cronjob.ts";
import { Job } from "../batch/job.ts";
import type { JsonObject } from "../json.ts";
import type { ObjectOf } from "../schema/kind.ts";
import { prepareForCreate } from "../lifecycle.ts";
import { complete, container, spec, testCreate, testUpdate, texts } from "./cases.test.ts";
import { validateCreate, validateStatusUpdate } from "./validate.ts";

const template: JsonObject = { spec: { restartPolicy: "Never", containers: [container({})] } };
const labels = { app: "web" };
const manual = spec({
  completions: 1,
  parallelism: 1,
  manualSelector: true,
  selector: { matchLabels: labels },
  template: { ...template, metadata: { labels } },
});
const policy = (rule: JsonObject): JsonObject => spec({ podFailurePolicy: { rules: [rule] } });

testCreate(Job, manual, [
  [
    "fewer than none",
    spec({ parallelism: -1 }),
    "spec.parallelism: Invalid value: -1: must be greater than or equal to 0",
  ],
  [
    "pods that never end",
    spec({ template: { spec: { restartPolicy: "Always" } } }),
    'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  ],
  [
    "no selector",
    spec({ selector: null }),
    "spec.selector: Required value",
    'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
  ],
  [
    "indexes without a number",
    spec({ completionMode: "Indexed", completions: null }),
    "spec.completions: Required value: when completion mode is Indexed",
  ],
  [
    "limits per index without indexes",
    spec({ backoffLimitPerIndex: 1 }),
    "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode",
  ],
  [
    "a rule about nothing",
    policy({ action: "Ignore" }),
    "spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required",
  ],
  [
    "success among failures",
    policy({ action: "FailJob", onExitCodes: { operator: "In", values: [0] } }),
    "spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator",
  ],
  [
    "codes out of order",
    policy({ action: "FailJob", onExitCodes: { operator: "In", values: [3, 2] } }),
    "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [3,2]: must be ordered",
  ],
  [
    "an index too large",
    spec({ completionMode: "Indexed", completions: 3, successPolicy: { rules: [{ succeededIndexes: "0-3" }] } }),
    'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "0-3": error parsing succeededIndexes: too large index: "3"',
  ],
]);

testUpdate(Job, manual, [
  ["other parallelism", spec({ parallelism: 5 })],
  ["other completions", spec({ completions: 5 }), "spec.completions: Invalid value: 5: field is immutable"],
  [
    "another mode",
    spec({ completionMode: "Indexed" }),
    'spec.completionMode: Invalid value: "Indexed": field is immutable',
  ],
]);
testUpdate(Job, { ...manual, ...spec({ ...(manual["spec"] as JsonObject), suspend: true }) }, [
  ["a node selector while suspended", spec({ template: { spec: { nodeSelector: { a: "b" } } } })],
]);
testUpdate(
  Job,
  manual,
  [
    [
      "a completed Job that never met its criteria",
      {
        status: {
          startTime: "2026-01-01T00:00:00Z",
          completionTime: "2026-01-01T00:00:01Z",
          conditions: [{ type: "Complete", status: "True" }],
        },
      },
      "status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
    ],
    [
      "a completed Job with pods",
      {
        status: {
          active: 1,
          startTime: "2026-01-01T00:00:00Z",
          completionTime: "2026-01-01T00:00:01Z",
          conditions: [
            { type: "SuccessCriteriaMet", status: "True" },
            { type: "Complete", status: "True" },
          ],
        },
      },
      "status.active: Invalid value: 1: active>0 is invalid for finished job",
    ],
  ],
  validateStatusUpdate,
);

describe("a new Job", () => {
  const create = (draft: JsonObject): ObjectOf<typeof Job> => {
    const job = complete(Job, draft, {}) as ObjectOf<typeof Job>;
    prepareForCreate(Job, job, { nowMs: 0, uid: "u-1" });
    return job;
  };
  it("selects its pods by its uid", () => {
    const job = create(spec({ template }));
    assert.deepEqual(job.spec.selector, { matchLabels: { "batch.kubernetes.io/controller-uid": "u-1" } });
    assert.deepEqual(job.spec.template.metadata.labels, {
      "batch.kubernetes.io/controller-uid": "u-1",
      "batch.kubernetes.io/job-name": "web",
      "controller-uid": "u-1",
      "job-name": "web",
    });
    assert.deepEqual(job.metadata.labels, job.spec.template.metadata.labels);
    assert.deepEqual([job.spec.completions, job.spec.parallelism, job.spec.backoffLimit], [1, 1, 6]);
    assert.deepEqual(validateCreate(Job, job), []);
  });
  it("refuses labels that are another's", () => {
    const job = create(spec({ template: { ...template, metadata: { labels: { "job-name": "other" } } } }));
    assert.match(
      texts(validateCreate(Job, job))[0] ?? "",
      /^spec\.template\.metadata\.labels\[job-name\]: Invalid value: .*: must be 'web'$/,
    );
  });
});

const cron = spec({ schedule: "*/5 * * * *", jobTemplate: { spec: { template } } });
testCreate(CronJob, cron, [
  ["no schedule", spec({ schedule: "" }), "spec.schedule: Required value"],
  [
    "too few fields",
    spec({ schedule: "* *" }),
    'spec.schedule: Invalid value: "* *": expected exactly 5 fields, found 2: [* *]',
  ],
  [
    "a zone nobody knows",
    spec({ timeZone: "Mars/Base" }),
    'spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base',
  ],
  [
    "a zone in the schedule",
    spec({ schedule: "TZ=UTC * * * * *" }),
    'spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
  ],
  [
    "a selector",
    spec({ jobTemplate: { spec: { selector: { matchLabels: { a: "b" } } } } }),
    'spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated',
  ],
  [
    "a name too long for its Jobs",
    { metadata: { name: "a".repeat(53) } },
    `metadata.name: Invalid value: "${"a".repeat(53)}": must be no more than 52 characters`,
  ],
]);

describe("parseCronSchedule()", () => {
  const refusals: readonly (readonly [text: string, message: string])[] = [
    ["", "empty spec string"],
    ["60 * * * *", "end of range (60) above maximum (59): 60"],
    ["* * 0 * *", "beginning of range (0) below minimum (1): 0"],
    ["5-3 * * * *", "beginning of range (5) beyond end of range (3): 5-3"],
    ["*/0 * * * *", "step of range should be a positive number: */0"],
    ["1-2-3 * * * *", "too many hyphens: 1-2-3"],
    ["x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ["@never", "unrecognized descriptor: @never"],
  ];
  for (const [text, message] of refusals) {
    it(`refuses ${JSON.stringify(text)}`, () =>
      assert.throws(() => parseCronSchedule(text), new CronScheduleError(message)));
  }
  it("reads names, ranges and steps", () => {
    const schedule = parseCronSchedule("10-20/5 */12 1,15 jan MON-wed");
    assert.ok("minutes" in schedule);
    assert.deepEqual([...schedule.minutes], [10, 15, 20]);
    assert.deepEqual([...schedule.hours], [0, 12]);
    assert.deepEqual([...schedule.days], [1, 15]);
    assert.deepEqual([...schedule.months], [1]);
    assert.deepEqual([...schedule.weekdays], [1, 2, 3]);
    assert.deepEqual([schedule.anyDay, schedule.anyWeekday], [false, false]);
  });
  it("reads a distance", () => assert.deepEqual(parseCronSchedule("@every 1h30m"), { everyMs: 5_400_000 }));
});
