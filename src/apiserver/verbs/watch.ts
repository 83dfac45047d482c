import type { HttpResponse, StreamSink } from "#base/http.ts";
import type { Count } from "#base/metrics.ts";
import { CompactedError, type Change, type Entry, type Revision, type Watch } from "#store/store.ts";
import { forbiddenError, invalidError, type FieldError } from "#api/schema/errors.ts";
import type { AnyKind } from "#api/object.ts";
import type { Call, ServerContext } from "../context.ts";
import { InOrder } from "../in_order.ts";
import { LIMITS } from "../limits.ts";
import { contentType } from "../negotiation.ts";
import { objectOf, storageKey, storagePrefix } from "../object_codec.ts";
import { Representation } from "../representation.ts";
import { truthy } from "../request_info.ts";
import { parseResourceVersion } from "../resource_version.ts";
import { selectionOf, type Selection } from "../selection.ts";
import { StatusError, badRequest, expired, internalError, invalid, serviceUnavailable } from "../status_error.ts";
import { viewedChanges, viewsOf, whenDone } from "../stored_view.ts";
import { Framer, selectedType, type EventType } from "../watch_frames.ts";
import { WatchWriter, pieces } from "../watch_writer.ts";

/** What a watch asks for. */
interface WatchPlan {
  /** The prefix, or the one key when the selector names an object. */
  readonly prefix: string;
  readonly key: string | undefined;
  readonly selection: Selection;
  /** Undefined: begin with the objects as they stand. */
  readonly after: Revision | undefined;
  readonly bookmarks: boolean;
  /** Mark the end of the initial objects with a bookmark. */
  readonly markInitialEnd: boolean;
  readonly seconds: number;
  readonly framer: Framer;
}

/** GET with watch=true: the events of a collection as lines of JSON. */
export async function watch(call: Call): Promise<HttpResponse> {
  const plan = planWatch(call);
  const headers = { "content-type": contentType(plan.framer.format, true) };
  return { status: 200, headers, body: { start: (sink) => new WatchStream(call, plan, sink).start() } };
}

function planWatch(call: Call): WatchPlan {
  const { kind, info, request, server } = call;
  const { query } = request;
  const selection = selectionOf(call.served, query);
  const initial = query.get("sendInitialEvents");
  const bookmarks = truthy(query.get("allowWatchBookmarks"));
  checkWatchParameters(query, bookmarks);
  const version = parseResourceVersion(query.get("resourceVersion"));
  const withInitial = initial === null ? version === undefined || version === 0 : truthy(initial);
  const name = info.name === "" ? selection.name : info.name;
  const isOne = name !== undefined && (kind.scope === "Cluster" || info.namespace !== "");
  const key = isOne ? storageKey(kind, info.namespace, name) : undefined;
  return {
    prefix: key ?? storagePrefix(kind, info.namespace),
    key,
    selection,
    after: withInitial ? undefined : (version ?? server.store.revision),
    bookmarks,
    markInitialEnd: withInitial && initial !== null,
    seconds: timeoutOf(call),
    framer: framerOf(call),
  };
}

function timeoutOf({ request, server }: Call): number {
  const text = request.query.get("timeoutSeconds");
  const asked = Number(text ?? 0);
  if (!Number.isSafeInteger(asked))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return asked > 0 ? asked : LIMITS.watchSecondsMin + server.random.below(LIMITS.watchSecondsMin);
}

/** Streaming lists come with bookmarks and a bound on staleness (apimachinery internalversion/validation). */
function checkWatchParameters(query: URLSearchParams, bookmarks: boolean): void {
  const initial = query.get("sendInitialEvents");
  const match = query.get("resourceVersionMatch") ?? "";
  const errors: FieldError[] = [];
  if (initial === null) {
    if (match !== "") {
      errors.push(
        forbiddenError(
          "resourceVersionMatch",
          "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        ),
      );
    }
  } else if (match !== "NotOlderThan") {
    const why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
    errors.push(
      match === "" ? forbiddenError("resourceVersionMatch", why) : invalidError("resourceVersionMatch", match, why),
    );
  }
  if (initial !== null && truthy(initial) && !bookmarks) {
    errors.push(
      forbiddenError("allowWatchBookmarks", "sendInitialEvents requires setting allowWatchBookmarks to true"),
    );
  }
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", errors);
}

/** Framers of a server by served kind and form, shared by all watchers. */
const framers = new WeakMap<ServerContext, WeakMap<AnyKind, Map<string, Framer>>>();

function framerOf({ request, served, server }: Call): Framer {
  const representation = new Representation(request, served, () => server.clock.now(), true);
  let kinds = framers.get(server);
  if (kinds === undefined) framers.set(server, (kinds = new WeakMap()));
  let forms = kinds.get(served);
  if (forms === undefined) kinds.set(served, (forms = new Map()));
  const form = JSON.stringify([representation.form, representation.include]);
  let framer = forms.get(form);
  if (framer === undefined) forms.set(form, (framer = new Framer(served, representation)));
  return framer;
}

/** One watch being served. */
class WatchStream {
  readonly #call: Call;
  readonly #plan: WatchPlan;
  readonly #writer: WatchWriter;
  readonly #events: Count;
  /** What is written has the order of the changes, also where views of them have to be waited for. */
  readonly #order = new InOrder((error) => this.#fail(error));
  /** The newest revision that the client knows from what it was sent. */
  #told: Revision;
  #watch: Watch | undefined;
  #stopTimers: () => void = () => {};

  constructor(call: Call, plan: WatchPlan, sink: StreamSink) {
    this.#call = call;
    this.#plan = plan;
    this.#told = plan.after ?? 0;
    this.#events = call.server.requests.eventsOf(call.kind);
    this.#writer = new WatchWriter(sink, call.server.backlog, () => {
      call.server.log.warn("a watcher does not read and is given up", {
        user: call.user.name,
        path: call.request.path,
      });
      this.#stop();
    });
  }

  /** Returns what the listener calls when the client went away. */
  start(): () => void {
    const { store } = this.#call.server;
    const { prefix, after } = this.#plan;
    // Range and watch in one turn: no commit can come between them.
    const initial = after === undefined ? store.range(prefix) : undefined;
    try {
      this.#watch = store.watch(
        prefix,
        { after: after ?? store.revision },
        {
          changes: (batch) => this.#changes(batch),
          closed: (reason) => this.#closed(reason instanceof CompactedError),
        },
      );
    } catch (error) {
      this.#closed(error instanceof CompactedError);
      return () => {};
    }
    if (initial !== undefined) {
      const { entries, revision } = initial;
      this.#order.run(() => whenDone(viewsOf(this.#call.kind, entries), (all) => this.#sendInitial(all, revision)));
    }
    this.#startTimers();
    return () => {
      this.#stop();
      this.#writer.drop();
    };
  }

  #sendInitial(entries: readonly Entry[], revision: Revision): void {
    const { framer, markInitialEnd } = this.#plan;
    const selected = entries.filter((entry) => this.#isSelected(entry));
    this.#events.add(selected.length);
    const end = markInitialEnd ? [framer.initialEnd(revision)] : [];
    if (markInitialEnd) this.#told = revision;
    void this.#writer.writeFirst(pieces(initialFrames(selected, framer, end)));
  }

  #isSelected(entry: Entry): boolean {
    const { key, selection } = this.#plan;
    if (key !== undefined && entry.key !== key) return false;
    return selection.everything || selection.matches(objectOf(entry));
  }

  #changes(batch: readonly Change[]): void {
    this.#order.run(() => whenDone(viewedChanges(this.#call.kind, batch), (viewed) => this.#sendChanges(viewed)));
  }

  #sendChanges(batch: readonly Change[]): void {
    const { key, selection, framer } = this.#plan;
    if (selection.everything && key === undefined) {
      this.#events.add(batch.length);
      this.#told = batch.at(-1)?.revision ?? this.#told;
      // Other forms look at the objects now, as they were written: later they would have to be parsed.
      if (!framer.hasEvents) this.#writer.write(framer.batch(batch));
      else if (this.#writer.takesEvents) this.#writer.writeEvents(framer.events(batch));
      else this.#writer.writeNews(() => framer.batch(batch));
      return;
    }
    const selected: (readonly [Change, EventType])[] = [];
    for (const change of batch) {
      if (key !== undefined && change.key !== key) continue;
      const type = selectedType(change, selection.matches);
      if (type === undefined) continue;
      selected.push([change, type]);
      this.#told = change.revision;
    }
    this.#events.add(selected.length);
    if (framer.hasEvents && this.#writer.takesEvents) {
      this.#writer.writeEvents(selected.flatMap(([change, type]) => framer.event(change, type) ?? []));
    } else this.#writer.writeAll(selected.map(([change, type]) => framer.change(change, type)));
  }

  #startTimers(): void {
    const { request, server } = this.#call;
    const { clock, registry, shutdown } = server;
    const { bookmarks, seconds } = this.#plan;
    const isOurs = request.peer.internalUser !== undefined;
    const mark = () => {
      const revision = this.#watch?.revision ?? 0;
      this.#order.run(() => this.#mark(revision, isOurs));
    };
    const unmark = bookmarks ? server.bookmarks.add(mark, { isOurs }) : undefined;
    const finish = () => {
      if (bookmarks) mark();
      this.#order.run(() => this.#end());
    };
    const end = clock.after(seconds * 1000, finish);
    const forget = isOurs ? undefined : shutdown.onEnd(finish);
    const unfollow = registry.onChange(({ kind }) => {
      if (isSameResource(kind, this.#call.served)) finish();
    });
    this.#stopTimers = () => {
      unfollow();
      unmark?.();
      end.cancel();
      forget?.();
    };
  }

  /** Sends a bookmark: to clients elsewhere also when it says nothing new, as they may take silence for a dead line. */
  #mark(revision: Revision, isOurs: boolean): void {
    if (isOurs && revision === this.#told) return;
    this.#told = revision;
    this.#writer.write(this.#plan.framer.bookmark(revision));
  }

  #closed(isCompacted: boolean): void {
    const { store } = this.#call.server;
    const refusal = isCompacted
      ? expired(`too old resource version: ${this.#plan.after ?? 0} (${store.compactedRevision})`)
      : serviceUnavailable("the server is shutting down");
    this.#writer.write(this.#plan.framer.error(refusal.toStatus()));
    this.#end();
  }

  /** What was changed cannot be shown in the version asked for. */
  #fail(error: unknown): void {
    const refusal = error instanceof StatusError ? error : internalError(error);
    this.#writer.write(this.#plan.framer.error(refusal.toStatus()));
    this.#end();
  }

  #end(): void {
    this.#stop();
    this.#writer.end();
  }

  #stop(): void {
    this.#stopTimers();
    this.#watch?.close();
  }
}

/** Whether two kinds are served at one path: a definition that changed takes the place of what it was. */
function isSameResource(a: AnyKind, b: AnyKind): boolean {
  return a.plural === b.plural && a.group === b.group && a.version === b.version;
}

/** The initial objects, each framed when its turn has come. */
function* initialFrames(entries: readonly Entry[], framer: Framer, end: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const entry of entries) yield framer.entry(entry, "ADDED");
  yield* end;
}
