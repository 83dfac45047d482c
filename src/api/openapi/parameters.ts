import type { Operation } from "./operations.ts";

export interface Parameter {
  readonly name: string;
  readonly in: "query" | "path";
  readonly type: "string" | "boolean" | "integer";
  readonly description: string;
}

function query(name: string, type: Parameter["type"], description: string): Parameter {
  return { name, in: "query", type, description };
}

const DRY_RUN = query("dryRun", "string", "All: do everything but store the result.");
const MANAGER = query("fieldManager", "string", "Who makes the change, for the ownership of fields.");
const VALIDATION = query(
  "fieldValidation",
  "string",
  "What to do about unknown or repeated fields: Ignore, Warn or Strict.",
);
const FORCE = query("force", "boolean", "Apply only: take over fields that others own.");
const PRETTY = query("pretty", "string", "true: indent the answer.");

const WRITE = [DRY_RUN, MANAGER, VALIDATION, PRETTY];
const LIST = [
  query("allowWatchBookmarks", "boolean", "Send bookmarks on a watch."),
  query("continue", "string", "Token of the page to go on from."),
  query("fieldSelector", "string", "Only objects whose fields match."),
  query("labelSelector", "string", "Only objects whose labels match."),
  query("limit", "integer", "Objects on a page at most."),
  query("resourceVersion", "string", "How recent the answer must be."),
  query("resourceVersionMatch", "string", "How resourceVersion is meant: NotOlderThan or Exact."),
  query("sendInitialEvents", "boolean", "Begin a watch with the objects there are."),
  query("timeoutSeconds", "integer", "When to end a list or watch."),
  query("watch", "boolean", "Stream changes instead of listing."),
  PRETTY,
];
const DELETE = [
  DRY_RUN,
  query("gracePeriodSeconds", "integer", "Seconds the object has to end by itself; 0 ends it now."),
  query("propagationPolicy", "string", "What becomes of dependents: Orphan, Background or Foreground."),
  PRETTY,
];

const BY_ACTION: Readonly<Record<Operation["action"], readonly Parameter[]>> = {
  list: LIST,
  post: WRITE,
  put: WRITE,
  patch: [...WRITE, FORCE],
  get: [PRETTY],
  delete: DELETE,
  deletecollection: [...LIST.filter((each) => each.name !== "watch"), ...DELETE.filter((each) => each !== PRETTY)],
  connect: [],
};

const PATH_DESCRIPTIONS: Readonly<Record<string, string>> = {
  name: "Name of the object.",
  namespace: "Namespace of the object.",
};

/** The parameters an operation takes: those in its path, then those after the question mark. */
export function parametersOf(operation: Operation): Parameter[] {
  const inPath = operation.pathParameters.map((name): Parameter => {
    return { name, in: "path", type: "string", description: PATH_DESCRIPTIONS[name] ?? "" };
  });
  return [...inPath, ...BY_ACTION[operation.action]];
}
