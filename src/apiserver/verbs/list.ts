import { nextTurn } from "#base/turn.ts";
import type { HttpResponse } from "#base/http.ts";
import { CompactedError, FutureRevisionError, type Entry, type Revision } from "#store/store.ts";
import type { Call, ServerContext } from "../context.ts";
import { decodeContinue, encodeContinue, type ContinuePoint } from "../continue_token.ts";
import { objectOf, storagePrefix } from "../object_codec.ts";
import { parseResourceVersion } from "../resource_version.ts";
import { respondList } from "../respond_list.ts";
import { viewsOf } from "../stored_view.ts";
import type { AnyKind } from "#api/object.ts";
import type { ListMeta } from "#api/meta/list_meta.ts";
import { selectionOf, type Selection } from "../selection.ts";
import { badRequest, expired, invalid, tooLargeResourceVersion, type StatusError } from "../status_error.ts";
import { forbiddenError, notSupportedError, type FieldError } from "#api/schema/errors.ts";

/** Entries looked through in one turn when a selector leaves most of them out: some milliseconds of parsing. */
const PAGE_SCAN = 500;

/** What a list asks for, after its parameters were found to fit together. */
interface ListPlan {
  readonly kind: AnyKind;
  readonly prefix: string;
  readonly selection: Selection;
  /** 0: no limit. */
  readonly limit: number;
  /** Undefined: the newest. */
  readonly at: Revision | undefined;
  readonly point: ContinuePoint | undefined;
}

/** GET of a collection. */
export async function list(call: Call): Promise<HttpResponse> {
  const { server } = call;
  const plan = planList(call);
  const page = await readPage(server, plan);
  const meta: ListMeta = { resourceVersion: String(page.revision), ...page.more };
  return respondList(call, page.entries, meta);
}

function planList(call: Call): ListPlan {
  const { kind, info, request, server } = call;
  const { query } = request;
  checkListParameters(query);
  const selection = selectionOf(call.served, query);
  const limit = parseLimit(query.get("limit"));
  const prefix = storagePrefix(kind, info.namespace);
  const token = query.get("continue") ?? "";
  const version = parseResourceVersion(query.get("resourceVersion"));
  if (token !== "") {
    if (version !== undefined && version !== 0) {
      throw badRequest("specifying resource version is not allowed when using continue");
    }
    const point = decodeContinue(token);
    return { kind, prefix, selection, limit, point, at: point.revision === -1 ? undefined : point.revision };
  }
  if (version !== undefined && version > server.store.revision) {
    throw tooLargeResourceVersion(version, server.store.revision);
  }
  const match = query.get("resourceVersionMatch") ?? "";
  const exact = match === "Exact" || (match === "" && limit > 0 && version !== undefined && version !== 0);
  return { kind, prefix, selection, limit, point: undefined, at: exact ? version : undefined };
}

function parseLimit(text: string | null): number {
  const limit = Number(text ?? 0);
  if (!Number.isSafeInteger(limit)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Math.max(0, limit);
}

/** Which of the parameters may stand together (apimachinery internalversion/validation). */
function checkListParameters(query: URLSearchParams): void {
  const errors = matchErrors(query);
  if ((query.get("sendInitialEvents") ?? "") !== "") {
    errors.push(forbiddenError("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  }
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", errors);
}

function matchErrors(query: URLSearchParams): FieldError[] {
  const match = query.get("resourceVersionMatch") ?? "";
  if (match === "") return [];
  const version = query.get("resourceVersion") ?? "";
  const errors: FieldError[] = [];
  const refuse = (why: string) => errors.push(forbiddenError("resourceVersionMatch", why));
  if (version === "") refuse("resourceVersionMatch is forbidden unless resourceVersion is provided");
  if ((query.get("continue") ?? "") !== "") refuse("resourceVersionMatch is forbidden when continue is provided");
  if (match !== "Exact" && match !== "NotOlderThan") {
    errors.push(notSupportedError("resourceVersionMatch", match, ["Exact", "NotOlderThan", ""]));
  }
  if (match === "Exact" && version === "0") {
    refuse('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
  return errors;
}

interface Page {
  readonly entries: readonly Entry[];
  readonly revision: Revision;
  readonly more: { readonly continue?: string; readonly remainingItemCount?: number };
}

/** Reads one page at one revision, in steps, so that other requests are served in between. */
async function readPage(server: ServerContext, plan: ListPlan): Promise<Page> {
  const { prefix, selection, limit, point } = plan;
  const at = plan.at ?? server.store.revision;
  const wanted = limit === 0 ? Infinity : limit;
  const step = selection.everything || wanted === Infinity ? wanted : Math.max(wanted, PAGE_SCAN);
  const entries: Entry[] = [];
  let after = point === undefined ? undefined : prefix + point.after;
  for (;;) {
    const range = readRange(server, plan, at, after, step);
    const views = await viewsOf(plan.kind, range.entries);
    for (const [index, entry] of views.entries()) {
      if (!selection.everything) {
        if (index % PAGE_SCAN === PAGE_SCAN - 1) await nextTurn();
        if (!selection.matches(objectOf(entry))) continue;
      }
      entries.push(entry);
      if (entries.length < wanted) continue;
      const left = range.remaining + range.entries.length - index - 1;
      return { entries, revision: at, more: moreOf(plan, at, entry, left) };
    }
    after = range.entries.at(-1)?.key;
    if (range.remaining === 0 || after === undefined) return { entries, revision: at, more: {} };
  }
}

/** What tells the client that the list goes on after `last`. How much is left is not known under a selector. */
function moreOf(plan: ListPlan, revision: Revision, last: Entry, left: number): Page["more"] {
  if (left === 0) return {};
  const token = encodeContinue({ revision, after: last.key.slice(plan.prefix.length) });
  return plan.selection.everything ? { continue: token, remainingItemCount: left } : { continue: token };
}

function readRange(server: ServerContext, plan: ListPlan, at: Revision, after: string | undefined, limit: number) {
  try {
    return server.store.range(plan.prefix, {
      at,
      ...(after !== undefined && { after }),
      ...(limit !== Infinity && { limit }),
    });
  } catch (error) {
    if (error instanceof CompactedError) throw historyGone(plan.point);
    if (error instanceof FutureRevisionError) throw tooLargeResourceVersion(at, error.revision);
    throw error;
  }
}

/** The refusal of a list whose revision is gone; a continued one gets a token that goes on at the newest. */
function historyGone(point: ContinuePoint | undefined): StatusError {
  if (point === undefined) return expired("The resourceVersion for the provided list is too old.");
  return expired(
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without " +
      "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. " +
      "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or " +
      "deleted between the time the first chunk was returned and now may show up in the list.",
    encodeContinue({ revision: -1, after: point.after }),
  );
}
