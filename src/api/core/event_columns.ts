import { NAME, column, wideColumn } from "../columns.ts";
import { age } from "../human_duration.ts";
import type { ObjectMeta } from "../meta/object_meta.ts";
import type { Column } from "../schema/kind.ts";

/** What the tables of both kinds of event show, whatever the kind calls it. */
export interface EventFacts {
  readonly metadata: ObjectMeta;
  readonly type?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly about: {
    readonly kind?: string | undefined;
    readonly name?: string | undefined;
    readonly fieldPath?: string | undefined;
  };
  readonly component?: string | undefined;
  readonly host?: string | undefined;
  readonly firstTimestamp?: string | undefined;
  readonly lastTimestamp?: string | undefined;
  readonly eventTime?: string | undefined;
  readonly count?: number | undefined;
  readonly series?: { readonly count?: number | undefined; readonly lastObservedTime?: string | undefined } | undefined;
}

function firstSeen(event: EventFacts, nowMs: number): string {
  return age(event.firstTimestamp ?? event.eventTime, nowMs);
}

function lastSeen(event: EventFacts, nowMs: number): string {
  if (event.series) return age(event.series.lastObservedTime, nowMs);
  return event.lastTimestamp === undefined ? firstSeen(event, nowMs) : age(event.lastTimestamp, nowMs);
}

function objectText({ about }: EventFacts): string {
  const kind = (about.kind ?? "").toLowerCase();
  return about.name ? `${kind}/${about.name}` : kind;
}

/** The columns of a kind of event, of which `facts` tells what they show. */
export function eventColumns<T extends { readonly metadata: ObjectMeta }>(
  facts: (event: T) => EventFacts,
): Column<T>[] {
  return [
    column("Last Seen", "string", "Time since it last happened.", (event, nowMs) => lastSeen(facts(event), nowMs)),
    column("Type", "string", "Normal or Warning.", (event) => facts(event).type ?? ""),
    column("Reason", "string", "Why, in one word for programs.", (event) => facts(event).reason ?? ""),
    column("Object", "string", "What it happened to.", (event) => objectText(facts(event))),
    wideColumn("Subobject", "string", "Which part of the object.", (event) => facts(event).about.fieldPath ?? ""),
    wideColumn("Source", "string", "Who reported it.", (event) => {
      const { component, host } = facts(event);
      return host ? `${component ?? ""}, ${host}` : (component ?? "");
    }),
    column("Message", "string", "What happened, for people.", (event) => (facts(event).message ?? "").trim()),
    wideColumn("First Seen", "string", "Time since it first happened.", (event, nowMs) =>
      firstSeen(facts(event), nowMs),
    ),
    wideColumn("Count", "string", "How often it has happened.", (event) => {
      const { series, count } = facts(event);
      return series ? (series.count ?? 0) : count || 1;
    }),
    { ...NAME, priority: 1 },
  ];
}
