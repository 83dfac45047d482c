import { equalJson } from "../json.ts";
import type { FieldError } from "../schema/errors.ts";
import { byteLength, dnsSubdomain, qualifiedName } from "./names.ts";
import { reportOf, type Report } from "./report.ts";

interface Reference {
  readonly namespace?: string | undefined;
}

/** What the two versions of events have in common, under one set of names. */
interface Checked {
  readonly namespace: string;
  readonly eventTime: string | undefined;
  readonly about: Reference;
  readonly reporter: readonly [field: string, name: string];
  readonly reportingInstance: string;
  readonly action: string;
  readonly reason: string;
  readonly message: string;
}

const CHARS_MAX = 128;
const MESSAGE_CHARS_MAX = 1024;

function checkEvent(report: Report, event: Checked): void {
  const { namespace, about } = event;
  const elsewhere = () =>
    report.invalid("involvedObject.namespace", about.namespace ?? "", "does not match event.namespace");
  if (event.eventTime === undefined) {
    if (about.namespace ? about.namespace !== namespace : namespace !== "" && namespace !== "default") elsewhere();
  } else {
    if (!about.namespace && namespace !== "default" && namespace !== "kube-system") elsewhere();
    checkReporter(report, event);
  }
  report.check("namespace", namespace, dnsSubdomain);
}

function checkReporter(report: Report, event: Checked): void {
  const [field, name] = event.reporter;
  if (name === "") report.required(field);
  report.check(field, name, qualifiedName);
  for (const text of ["reportingInstance", "action", "reason"] as const) {
    if (event[text] === "") report.required(text);
    if (byteLength(event[text]) > CHARS_MAX) report.invalid(text, "", `can have at most ${CHARS_MAX} characters`);
  }
  if (byteLength(event.message) > MESSAGE_CHARS_MAX) {
    report.invalid("message", "", `can have at most ${MESSAGE_CHARS_MAX} characters`);
  }
}

interface CoreEvent {
  readonly metadata: { readonly namespace?: string | undefined };
  readonly involvedObject: Reference;
  readonly eventTime?: string | undefined;
  readonly reportingComponent: string;
  readonly reportingInstance: string;
  readonly action?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

/** Events of the core group are checked leniently, as they always were. */
export function validateCoreEvent(event: CoreEvent): FieldError[] {
  return reportOf((report) =>
    checkEvent(report, {
      namespace: event.metadata.namespace ?? "",
      eventTime: event.eventTime,
      about: event.involvedObject,
      reporter: ["reportingComponent", event.reportingComponent],
      reportingInstance: event.reportingInstance,
      action: event.action ?? "",
      reason: event.reason ?? "",
      message: event.message ?? "",
    }),
  );
}

interface Series {
  readonly count?: number | undefined;
  readonly lastObservedTime?: string | undefined;
}

interface NewEvent {
  readonly metadata: { readonly namespace?: string | undefined; readonly resourceVersion?: string | undefined };
  readonly regarding: Reference;
  readonly related?: Reference | undefined;
  readonly eventTime?: string | undefined;
  readonly series?: Series | undefined;
  readonly reportingController?: string | undefined;
  readonly reportingInstance?: string | undefined;
  readonly action?: string | undefined;
  readonly reason?: string | undefined;
  readonly note?: string | undefined;
  readonly type?: string | undefined;
  readonly deprecatedSource: { readonly component?: string | undefined; readonly host?: string | undefined };
  readonly deprecatedFirstTimestamp?: string | undefined;
  readonly deprecatedLastTimestamp?: string | undefined;
  readonly deprecatedCount?: number | undefined;
}

export function validateEvent(event: NewEvent): FieldError[] {
  return reportOf((report) => {
    checkEvent(report, {
      namespace: event.metadata.namespace ?? "",
      eventTime: event.eventTime,
      about: event.regarding,
      reporter: ["reportingController", event.reportingController ?? ""],
      reportingInstance: event.reportingInstance ?? "",
      action: event.action ?? "",
      reason: event.reason ?? "",
      message: event.note ?? "",
    });
    if (event.metadata.resourceVersion) return;
    checkSeries(report, event.series);
    if (event.eventTime === undefined) report.required("eventTime");
    if (event.type !== "Normal" && event.type !== "Warning") {
      report.invalid("type", "", `has invalid value: ${event.type ?? ""}`);
    }
    const { component, host } = event.deprecatedSource;
    const unset: [string, unknown][] = [
      ["firstTimestamp", event.deprecatedFirstTimestamp],
      ["lastTimestamp", event.deprecatedLastTimestamp],
      ["count", event.deprecatedCount],
      ["source", component || host],
    ];
    for (const [field, value] of unset) if (value) report.invalid(field, "", "needs to be unset");
  });
}

function checkSeries(report: Report, series: Series | undefined): void {
  if (series === undefined) return;
  if ((series.count ?? 0) < 2) report.invalid("series.count", "", "should be at least 2");
  if (!series.lastObservedTime) report.required("series.lastObservedTime");
}

/** What an event says cannot change, under the names Kubernetes' messages use. */
const IMMUTABLE: readonly (readonly [string, keyof NewEvent])[] = [
  ["involvedObject", "regarding"],
  ["reason", "reason"],
  ["message", "note"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["reason", "reason"],
  ["type", "type"],
  ["eventTime", "eventTime"],
  ["action", "action"],
  ["related", "related"],
  ["reportingController", "reportingController"],
  ["reportingInstance", "reportingInstance"],
];

export function validateEventUpdate(next: NewEvent, previous: NewEvent): FieldError[] {
  return reportOf((report) => {
    if (!equalJson(next.series, previous.series)) checkSeries(report, next.series);
    for (const [path, field] of IMMUTABLE) {
      report.immutable(path, next[field], equalJson(said(next[field]), said(previous[field])));
    }
  });
}

/** A text that is empty is one that was not said. */
function said<T>(value: T): T | undefined {
  return value === "" ? undefined : value;
}
