import { joined } from "#base/bytes.ts";
import type { SharedEvent } from "#base/http.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { Status as StatusSchema, type Status } from "#api/meta/status.ts";
import { watchFrame } from "#api/protobuf/encode.ts";
import type { Change, Entry, Revision } from "#store/store.ts";
import type { Format } from "./negotiation.ts";
import { objectOf, objectOnce } from "./object_codec.ts";
import { valueBytes, type Representation } from "./representation.ts";

export type EventType = "ADDED" | "MODIFIED" | "DELETED";

const encoder = new TextEncoder();
const FRAME_END = encoder.encode("}\n");
const BEGINNINGS: Readonly<Record<EventType | "BOOKMARK" | "ERROR", Uint8Array>> = {
  ADDED: encoder.encode('{"type":"ADDED","object":'),
  MODIFIED: encoder.encode('{"type":"MODIFIED","object":'),
  DELETED: encoder.encode('{"type":"DELETED","object":'),
  BOOKMARK: encoder.encode('{"type":"BOOKMARK","object":'),
  ERROR: encoder.encode('{"type":"ERROR","object":'),
};

/** Frames of single changes kept for other watchers of the same shape that are handed the same commit. */
const RECENT_MAX = 256;

/**
 * Frames events of one kind in one form. All watchers of a form share one framer, so a change is framed once, and a
 * commit is put together once for all who see all of it.
 */
export class Framer {
  readonly #kind: AnyKind;
  readonly #representation: Representation;
  #lastBatch: readonly Change[] | undefined;
  #lastFrames: Uint8Array = new Uint8Array();
  #lastBookmark: { readonly revision: Revision; readonly frame: Uint8Array } | undefined;
  #lastEventsOf: readonly Change[] | undefined;
  #lastEvents: readonly SharedEvent[] = [];
  readonly #recent = new Map<Change, { readonly type: EventType; readonly frame: Uint8Array }>();

  constructor(kind: AnyKind, representation: Representation) {
    this.#kind = kind;
    this.#representation = representation;
  }

  get format(): Format {
    return this.#representation.form.format;
  }

  /** The frames of a whole commit, for watchers that leave nothing out. */
  batch(changes: readonly Change[]): Uint8Array {
    if (changes !== this.#lastBatch) {
      this.#lastFrames = joined(changes.flatMap((change) => this.#parts(change)));
      this.#lastBatch = changes;
    }
    return this.#lastFrames;
  }

  /** Whether its events can be said as objects, too. */
  get hasEvents(): boolean {
    return this.#representation.isCopy;
  }

  /** What `batch` frames, for readers in this process. */
  events(changes: readonly Change[]): readonly SharedEvent[] {
    if (changes !== this.#lastEventsOf) {
      this.#lastEvents = changes.flatMap((change) => this.event(change, plainType(change)) ?? []);
      this.#lastEventsOf = changes;
    }
    return this.#lastEvents;
  }

  /** What `change` frames, for a reader in this process. */
  event({ entry, previous, revision }: Change, type: EventType): SharedEvent | undefined {
    const shown = type === "DELETED" ? previous : entry;
    if (shown === undefined) return undefined;
    const { apiVersion, kind } = this.#kind;
    const object = objectOnce(shown);
    if (revision === shown.modRevision && object.apiVersion === apiVersion) return { type, object };
    const metadata = { ...object.metadata, resourceVersion: String(revision) };
    return { type, object: { ...object, apiVersion, kind, metadata } };
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
    return this.#frame(type, this.#representation.entryBytes(entry, revision));
  }

  /** A mark that everything up to `revision` was sent. */
  bookmark(revision: Revision): Uint8Array {
    if (this.#lastBookmark?.revision === revision) return this.#lastBookmark.frame;
    const frame = this.#bookmark(revision, false);
    this.#lastBookmark = { revision, frame };
    return frame;
  }

  /** The bookmark that closes the initial objects. */
  initialEnd(revision: Revision): Uint8Array {
    return this.#bookmark(revision, true);
  }

  #bookmark(revision: Revision, initialEventsEnd: boolean): Uint8Array {
    const metadata = {
      resourceVersion: String(revision),
      ...(initialEventsEnd && { annotations: { "k8s.io/initial-events-end": "true" } }),
    };
    const { apiVersion, kind } = this.#kind;
    const { form, objectSchema } = this.#representation;
    const meta = `meta.k8s.io/${form.metaVersion}`;
    const object =
      form.as === "Table"
        ? { kind: "Table", apiVersion: meta, metadata, columnDefinitions: [], rows: [] }
        : form.as === "object"
          ? { kind, apiVersion, metadata }
          : { kind: "PartialObjectMetadata", apiVersion: meta, metadata };
    return this.#frame("BOOKMARK", valueBytes(object, objectSchema, form));
  }

  /** The event that ends a watch which cannot go on. */
  error(status: Status): Uint8Array {
    return this.#frame("ERROR", valueBytes(status, StatusSchema, this.#representation.form));
  }

  /** The frame of a change in pieces; one that others may have had made already is whole. */
  #parts(change: Change): readonly Uint8Array[] {
    const type = plainType(change);
    const entry = type === "DELETED" ? change.previous : change.entry;
    if (!this.#representation.isCopy || entry === undefined) return [this.change(change, type)];
    return [BEGINNINGS[type], this.#representation.entryBytes(entry, change.revision), FRAME_END];
  }

  #frame(type: keyof typeof BEGINNINGS, object: Uint8Array): Uint8Array {
    return this.format === "protobuf" ? watchFrame(type, object) : joined([BEGINNINGS[type], object, FRAME_END]);
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
