import type { ObjectValue } from "../schema/object.ts";
import { eventColumns } from "./event_columns.ts";
import { eventSelectableFields } from "./event_fields.ts";
import type { ValueOf } from "../schema/schema.ts";
import { NamespacedMeta } from "../meta/object_meta.ts";
import { ObjectReference } from "./reference.ts";
import { int32, microTime, of, ptr, string, time } from "../schema/field.ts";
import { kind, type DraftObjectOf, type ObjectOf } from "../schema/kind.ts";
import { object } from "../schema/object.ts";
import { validateCoreEvent } from "../validation/event.ts";

export const EventSource = object("io.k8s.api.core.v1.EventSource", {
  component: string(1),
  host: string(2),
});
export interface EventSource extends ValueOf<typeof EventSource> {}

export const EventSeries = object("io.k8s.api.core.v1.EventSeries", {
  count: int32(1),
  lastObservedTime: microTime(2),
});
export interface EventSeries extends ValueOf<typeof EventSeries> {}

const FIELDS = {
  metadata: of(1, NamespacedMeta, { required: true }),
  involvedObject: of(2, ObjectReference, { required: true }),
  reason: string(3),
  message: string(4),
  source: of(5, EventSource),
  firstTimestamp: time(6),
  lastTimestamp: time(7),
  count: int32(8),
  type: string(9),
  eventTime: microTime(10),
  series: ptr(11, EventSeries),
  action: string(12),
  related: ptr(13, ObjectReference),
  reportingComponent: string(14, { always: true }),
  reportingInstance: string(15, { always: true }),
};
type EventFields = ObjectValue<typeof FIELDS>;

export const Event = kind(
  "io.k8s.api.core.v1.Event",
  { group: "", version: "v1", kind: "Event", plural: "events", scope: "Namespaced" },
  FIELDS,
  {
    shortNames: ["ev"],
    columns: eventColumns((event: EventFields) => ({
      ...event,
      about: event.involvedObject,
      component: event.source.component || event.reportingComponent,
      host: event.source.host || event.reportingInstance,
    })),
    selectableFields: {
      source: (event) => event.source.component || event.reportingComponent,
      ...eventSelectableFields("involvedObject", "reportingComponent", (event: EventFields) => ({
        about: event.involvedObject,
        reason: event.reason,
        type: event.type,
        reporter: event.reportingComponent,
      })),
    },
    createOnUpdate: true,
    validate: validateCoreEvent,
  },
);
export interface Event extends ObjectOf<typeof Event> {}
export type EventDraft = DraftObjectOf<typeof Event>;
