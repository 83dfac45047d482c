import type { AnyKind, KubeObject } from "#api/object.ts";
import type { Status } from "#api/meta/status.ts";
import type { Change, Entry, Revision } from "#store/store.ts";
import { objectOf, wireBytes } from "./object_codec.ts";
import type { OutputForm } from "./negotiation.ts";
import { partialObject, tableFor, type IncludeObject } from "#api/table.ts";
import { joined } from "./watch_writer.ts";

export type EventType = "ADDED" | "MODIFIED" | "DELETED";

const encoder = new TextEncoder();
const FRAME_END = encoder.encode("}\n");
const BEGINNINGS: Readonly<Record<EventType, Uint8Array>> = {
  ADDED: encoder.encode('{"type":"ADDED","object":'),
  MODIFIED: encoder.encode('{"type":"MODIFIED","object":'),
  DELETED: encoder.encode('{"type":"DELETED","object":'),
};

/** Frames of single changes kept for other watchers of the same shape that are handed the same commit. */
const RECENT_MAX = 256;

/**
 * Frames events of one kind in one form. All watchers of a form share one framer, so a change is framed once, and a
 * commit is put together once for all who see all of it.
 */
export class Framer {
  readonly #kind: AnyKind;
  readonly #as: OutputForm["as"];
  readonly #include: IncludeObject;
  readonly #now: () => number;
  #lastBatch: readonly Change[] | undefined;
  #lastFrames: Uint8Array = new Uint8Array();
  readonly #recent = new Map<Change, { readonly type: EventType; readonly frame: Uint8Array }>();

  constructor(kind: AnyKind, as: OutputForm["as"], include: IncludeObject, now: () => number) {
    this.#kind = kind;
    this.#as = as;
    this.#include = include;
    this.#now = now;
  }

  /** The frames of a whole commit, for watchers that leave nothing out. */
  batch(changes: readonly Change[]): Uint8Array {
    if (changes !== this.#lastBatch) {
      this.#lastFrames = joined(changes.map((change) => this.change(change, plainType(change))));
      this.#lastBatch = changes;
    }
    return this.#lastFrames;
  }

  /** The frame of one change. A deletion shows what stood before, at the revision of the deletion. */
  change(change: Change, type: EventType): Uint8Array {
    const known = this.#recent.get(change);
    if (known?.type === type) return known.frame;
    const entry = type === "DELETED" ? change.previous : change.entry;
    const frame = entry === undefined ? new Uint8Array() : this.entry(entry, type, change.revision);
    if (this.#recent.size >= RECENT_MAX) this.#recent.clear();
    this.#recent.set(change, { type, frame });
    return frame;
  }

  entry(entry: Entry, type: EventType, revision: Revision = entry.modRevision): Uint8Array {
    const bytes =
      this.#as === "object"
        ? wireBytes(this.#kind, entry, revision)
        : encoder.encode(JSON.stringify(this.#projected(entry, revision)));
    return joined([BEGINNINGS[type], bytes, FRAME_END]);
  }

  /** A mark that everything up to `revision` was sent; `initialEventsEnd` closes the initial objects. */
  bookmark(revision: Revision, initialEventsEnd: boolean): Uint8Array {
    const metadata = {
      resourceVersion: String(revision),
      creationTimestamp: null,
      ...(initialEventsEnd && { annotations: { "k8s.io/initial-events-end": "true" } }),
    };
    const { apiVersion, kind } = this.#kind;
    const object =
      this.#as === "Table"
        ? { kind: "Table", apiVersion: "meta.k8s.io/v1", metadata, columnDefinitions: [], rows: [] }
        : this.#as === "object"
          ? { kind, apiVersion, metadata }
          : { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
    return encoder.encode(`${JSON.stringify({ type: "BOOKMARK", object })}\n`);
  }

  #projected(entry: Entry, revision: Revision): unknown {
    const stored = objectOf(entry);
    const object: KubeObject = { ...stored, metadata: { ...stored.metadata, resourceVersion: String(revision) } };
    if (this.#as !== "Table") return partialObject(object);
    const metadata = { resourceVersion: String(revision) };
    return tableFor(this.#kind, [object], { metadata, includeObject: this.#include, nowMs: this.#now() });
  }
}

/** The event of a change for a watcher that sees every object. */
function plainType(change: Change): EventType {
  if (change.entry === undefined) return "DELETED";
  return change.previous === undefined ? "ADDED" : "MODIFIED";
}

/** The event of a change for a watcher that sees only what `matches`; undefined when it concerns it not at all. */
export function selectedType(change: Change, matches: (object: KubeObject) => boolean): EventType | undefined {
  const now = change.entry !== undefined && matches(objectOf(change.entry));
  const before = change.previous !== undefined && matches(objectOf(change.previous));
  if (now) return before ? "MODIFIED" : "ADDED";
  return before ? "DELETED" : undefined;
}

/** The event that ends a watch which cannot go on. */
export function errorFrame(status: Status): Uint8Array {
  return encoder.encode(`${JSON.stringify({ type: "ERROR", object: status })}\n`);
}
