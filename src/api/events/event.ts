import type { ObjectValue } from "../schema/object.ts";
import { eventColumns } from "../core/event_columns.ts";
import { eventSelectableFields } from "../core/event_fields.ts";
import type { ValueOf } from "../schema/schema.ts";
import { EventSource } from "../core/event.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { ObjectReference } from "../core/reference.ts";
import { int32, microTime, of, ptr, string, time } from "../schema/field.ts";
import { EVENT_CONVERSION } from "./event_conversion.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateEvent, validateEventUpdate } from "../validation/event.ts";

export const EventSeries = object("io.k8s.api.events.v1.EventSeries", {
  count: int32(1, { required: true, always: true }),
  lastObservedTime: microTime(2, { required: true }),
});
export interface EventSeries extends ValueOf<typeof EventSeries> {}

const FIELDS = {
  metadata: of(1, NamespacedMeta),
  eventTime: microTime(2, { required: true }),
  series: ptr(3, EventSeries),
  reportingController: string(4),
  reportingInstance: string(5),
  action: string(6),
  reason: string(7),
  regarding: of(8, ObjectReference),
  related: ptr(9, ObjectReference),
  note: string(10),
  type: string(11),
  deprecatedSource: of(12, EventSource),
  deprecatedFirstTimestamp: time(13),
  deprecatedLastTimestamp: time(14),
  deprecatedCount: int32(15),
};
type EventFields = ObjectValue<typeof FIELDS>;

export const Event = kind(
  "io.k8s.api.events.v1.Event",
  { group: "events.k8s.io", version: "v1", kind: "Event", plural: "events", scope: "Namespaced" },
  FIELDS,
  {
    shortNames: ["ev"],
    columns: eventColumns((event: EventFields) => ({
      ...event,
      message: event.note,
      about: event.regarding,
      component: event.deprecatedSource.component || event.reportingController,
      host: event.deprecatedSource.host || event.reportingInstance,
      firstTimestamp: event.deprecatedFirstTimestamp,
      lastTimestamp: event.deprecatedLastTimestamp,
      count: event.deprecatedCount,
    })),
    selectableFields: eventSelectableFields("regarding", "reportingController", (event: EventFields) => ({
      about: event.regarding,
      reason: event.reason,
      type: event.type,
      reporter: event.reportingController,
    })),
    conversion: EVENT_CONVERSION,
    validate: validateEvent,
    validateUpdate: validateEventUpdate,
  },
);
export interface Event extends ObjectOf<typeof Event> {}
export type EventDraft = DraftObjectOf<typeof Event>;
