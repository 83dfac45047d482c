import type { HttpRequest, HttpResponse, StreamBody, StreamSink } from "#base/http.ts";
import type { Count, Distribution, Family, MetricRegistry } from "#base/metrics.ts";
import type { AnyKind } from "#api/object.ts";
import type { KindRegistry } from "#api/registry.ts";
import type { Store } from "#store/store.ts";
import { SERVER_VERSION } from "../discovery/version.ts";
import { storagePrefix } from "../object_codec.ts";
import type { RequestInfo } from "../request_info.ts";
import type { WatchBacklog } from "../watch_backlog.ts";
import type { Inflight } from "./inflight.ts";
import { isLongRunning } from "./request_class.ts";

const REQUEST_LABELS = ["verb", "group", "version", "resource", "subresource", "scope", "component"];
/** Seconds (apiserver endpoints/metrics/metrics.go). */
const DURATION_BOUNDS = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];
const VERBS: Readonly<Record<string, string>> = {
  create: "POST",
  update: "PUT",
  get: "GET",
  list: "LIST",
  watch: "WATCH",
  patch: "PATCH",
  delete: "DELETE",
  deletecollection: "DELETECOLLECTION",
  head: "HEAD",
};
/** The paths that are told apart; whatever else clients ask for is one. */
const PATHS = new Set([
  "/healthz",
  "/livez",
  "/metrics",
  "/readyz",
  "/version",
  "/api",
  "/apis",
  "/openapi/v2",
  "/openapi/v3",
]);

/** What is counted for requests of one shape. */
interface Shape {
  readonly labels: readonly string[];
  readonly byCode: Map<number, Count>;
  /** Absent for requests that last as long as the client likes. */
  readonly seconds: Distribution | undefined;
}

interface Counted {
  readonly store: Store;
  readonly registry: KindRegistry;
  readonly inflight: Inflight;
  readonly backlog: WatchBacklog;
}

/** What an API server counts of its requests, under kube-apiserver's names. */
export class RequestMetrics {
  readonly #registry: KindRegistry;
  readonly #requests: Family<Count>;
  readonly #seconds: Family<Distribution>;
  readonly #open: Family<Count>;
  readonly #events: Family<Count>;
  readonly #shapes = new Map<string, Shape>();

  constructor(metrics: MetricRegistry, counted: Counted) {
    this.#registry = counted.registry;
    this.#requests = metrics.counter("apiserver_request_total", "Requests answered.", [
      ...REQUEST_LABELS,
      "dry_run",
      "code",
    ]);
    this.#seconds = metrics.histogram(
      "apiserver_request_duration_seconds",
      "Time from a request to its response, without those that last as long as the client likes.",
      [...REQUEST_LABELS, "dry_run"],
      DURATION_BOUNDS,
    );
    this.#open = metrics.gauge("apiserver_longrunning_requests", "Watches and other streams open now.", REQUEST_LABELS);
    this.#events = metrics.counter("apiserver_watch_events_total", "Events sent to watchers.", [
      "group",
      "version",
      "resource",
    ]);
    readInflight(metrics, counted.inflight);
    readBacklog(metrics, counted.backlog);
    readStore(metrics, counted);
  }

  /** Counts a request that was answered `seconds` after it came; a stream is counted on until it ends. */
  answered(request: HttpRequest, info: RequestInfo, response: HttpResponse, seconds: number): HttpResponse {
    const shape = this.#shapeOf(request, info);
    let count = shape.byCode.get(response.status);
    if (count === undefined) {
      count = this.#requests.of(...shape.labels, "", String(response.status));
      shape.byCode.set(response.status, count);
    }
    count.add();
    shape.seconds?.observe(seconds);
    if (!("start" in response.body)) return response;
    return { ...response, body: countedStream(response.body, this.#open.of(...shape.labels)) };
  }

  /** Counts one that is open, such as an exec session. Returns what to call when it ends. */
  opened(request: HttpRequest, info: RequestInfo): () => void {
    const open = this.#open.of(...this.#shapeOf(request, info).labels);
    open.add();
    return () => open.add(-1);
  }

  /** What counts the events of a kind's watches. */
  eventsOf({ group, version, plural }: AnyKind): Count {
    return this.#events.of(group, version, plural);
  }

  #shapeOf(request: HttpRequest, info: RequestInfo): Shape {
    const verb = verbOf(request, info);
    const scope = info.name !== "" ? "resource" : info.namespace !== "" ? "namespace" : "cluster";
    const key = info.isResource
      ? `${verb} ${info.group}/${info.version}/${info.resource}/${info.subresource} ${scope}`
      : `${verb} ${PATHS.has(info.path) ? info.path : ""}`;
    return this.#shapes.get(key) ?? this.#newShape(key, verb, info, scope);
  }

  #newShape(key: string, verb: string, info: RequestInfo, scope: string): Shape {
    const labels = this.#labelsOf(verb, info, scope);
    const shape = {
      labels,
      byCode: new Map<number, Count>(),
      seconds: isLongRunning(info) ? undefined : this.#seconds.of(...labels, ""),
    };
    // Names that nobody serves share one shape and are not remembered: clients can make up as many as they like.
    if (labels[3] !== "" || !info.isResource) this.#shapes.set(key, shape);
    return shape;
  }

  #labelsOf(verb: string, info: RequestInfo, scope: string): string[] {
    const { group, version, resource, subresource, path } = info;
    if (!info.isResource) return [verb, "", "", "", PATHS.has(path) ? path : "", "", ""];
    const kind = this.#registry.byResource(group, version, resource);
    const isKnown = kind !== undefined && (subresource === "" || Object.hasOwn(kind.subresources, subresource));
    if (!isKnown) return [verb, "", "", "", "", "", "apiserver"];
    return [verb, group, version, resource, subresource, scope, "apiserver"];
  }
}

function verbOf(request: HttpRequest, info: RequestInfo): string {
  if (info.verb === "patch" && request.headers["content-type"]?.startsWith("application/apply-patch")) return "APPLY";
  if (info.subresource !== "" && info.subresource !== "log" && isLongRunning(info)) return "CONNECT";
  return VERBS[info.verb] ?? "other";
}

function countedStream(body: StreamBody, open: Count): StreamBody {
  return {
    start(sink) {
      let isOpen = true;
      open.add();
      const over = () => {
        if (isOpen) open.add(-1);
        isOpen = false;
      };
      const counted: StreamSink = {
        ...(sink.patient && { patient: true }),
        write: (chunk) => sink.write(chunk),
        ...(sink.writeEvents && { writeEvents: (events) => sink.writeEvents?.(events) ?? true }),
        drained: () => sink.drained(),
        end() {
          over();
          sink.end();
        },
        abort() {
          over();
          sink.abort();
        },
      };
      const stop = body.start(counted);
      return () => {
        over();
        stop();
      };
    },
  };
}

function readInflight(metrics: MetricRegistry, inflight: Inflight): void {
  metrics.read("gauge", "apiserver_current_inflight_requests", "Requests being served.", ["request_kind"], () =>
    inflight.readings().map(({ kind, open }) => [[kind], open] as const),
  );
  metrics.read("counter", "apiserver_dropped_requests_total", "Requests turned away.", ["request_kind"], () =>
    inflight.readings().map(({ kind, dropped }) => [[kind], dropped] as const),
  );
}

function readBacklog(metrics: MetricRegistry, backlog: WatchBacklog): void {
  metrics.read("gauge", "knarr_watch_backlog_bytes", "Frames that wait for watchers, each counted once.", [], () => [
    [[], backlog.bytes],
  ]);
  metrics.read("gauge", "knarr_watchers_behind", "Watchers that frames wait for.", [], () => [[[], backlog.watchers]]);
}

function readStore(metrics: MetricRegistry, { store, registry }: Counted): void {
  const stored = () =>
    registry.holders().filter((kind) => kind.verbs.includes("create") && kind.verbs.includes("list"));
  metrics.read("gauge", "apiserver_storage_objects", "Objects stored.", ["resource"], () =>
    stored().map((kind) => [[resourceOf(kind)], store.count(storagePrefix(kind))] as const),
  );
  metrics.read("gauge", "apiserver_resource_objects", "Objects stored.", ["group", "resource"], () =>
    stored().map((kind) => [[kind.group, kind.plural], store.count(storagePrefix(kind))] as const),
  );
  metrics.read("gauge", "knarr_store_revision", "The newest revision.", [], () => [[[], store.revision]]);
  metrics.read("gauge", "knarr_store_compacted_revision", "Before this revision history is gone.", [], () => [
    [[], store.compactedRevision],
  ]);
  const { gitVersion, major, minor } = SERVER_VERSION;
  metrics.read("gauge", "kubernetes_build_info", "The version.", ["git_version", "major", "minor"], () => [
    [[gitVersion, major, minor], 1],
  ]);
}

function resourceOf({ group, plural }: AnyKind): string {
  return group === "" ? plural : `${plural}.${group}`;
}
