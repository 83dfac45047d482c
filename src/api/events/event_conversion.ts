import { Event as CoreEvent } from "../core/event.ts";
import type { JsonObject } from "../json.ts";
import type { Conversion } from "../schema/kind.ts";

/** What fields are called in events.k8s.io, and in the core group, where events are stored; others are the same. */
const NAMES: readonly (readonly [served: string, stored: string])[] = [
  ["reportingController", "reportingComponent"],
  ["regarding", "involvedObject"],
  ["note", "message"],
  ["deprecatedSource", "source"],
  ["deprecatedFirstTimestamp", "firstTimestamp"],
  ["deprecatedLastTimestamp", "lastTimestamp"],
  ["deprecatedCount", "count"],
];

const TO_STORED = new Map(NAMES);
const FROM_STORED = new Map(NAMES.map(([served, stored]) => [stored, served]));

function renamed(object: JsonObject, names: ReadonlyMap<string, string>, apiVersion: string): JsonObject {
  const entries = Object.entries(object).map(([key, value]) => [names.get(key) ?? key, value]);
  return { ...(Object.fromEntries(entries) as JsonObject), apiVersion };
}

/** Both groups' events are the same objects (pkg/apis/events/v1/conversion.go). */
export const EVENT_CONVERSION: Conversion<never> = {
  stored: CoreEvent,
  toStored: (served: JsonObject) => renamed(served, TO_STORED, CoreEvent.apiVersion),
  fromStored: (stored) => renamed(stored as JsonObject, FROM_STORED, "events.k8s.io/v1") as never,
};
