import type { Clock } from "#base/clock.ts";
import type { HttpRequest, HttpResponse } from "#base/http.ts";
import type { Log } from "#base/log.ts";
import type { MetricRegistry } from "#base/metrics.ts";
import type { Random } from "#base/random.ts";
import type { AnyKind } from "#api/object.ts";
import type { OpenApi } from "#api/openapi/openapi.ts";
import type { KindRegistry } from "#api/registry.ts";
import type { Store } from "#store/store.ts";
import type { Aggregation } from "./aggregation/aggregation.ts";
import type { ServiceDoor } from "./aggregation/service_door.ts";
import type { AdmissionStep } from "./admission.ts";
import type { ServiceAllocation } from "./allocation/service_allocation.ts";
import type { TokenAuthenticator, User } from "./authentication.ts";
import type { Authorizer } from "./authorization.ts";
import type { HealthCheck } from "./discovery/health.ts";
import type { Bookmarks } from "./bookmarks.ts";
import type { NodeConnections } from "./node_connection.ts";
import type { ServiceAccountTokens } from "./service_account_tokens.ts";
import type { RequestInfo } from "./request_info.ts";
import type { Inflight } from "./serving/inflight.ts";
import type { RequestMetrics } from "./serving/request_metrics.ts";
import type { Shutdown } from "./serving/shutdown.ts";
import type { WatchBacklog } from "./watch_backlog.ts";

/** What the parts of one API server share. */
export interface ServerContext {
  readonly store: Store;
  readonly registry: KindRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly tokens: readonly TokenAuthenticator[];
  /** Tokens of service accounts; without a key there are none. */
  readonly accounts: ServiceAccountTokens | undefined;
  readonly authorizer: Authorizer;
  readonly admission: readonly AdmissionStep[];
  readonly services: ServiceAllocation;
  /** How long pods that do not say otherwise stay on a node that went away. */
  readonly tolerationSeconds: number;
  readonly openApi: OpenApi;
  readonly readiness: readonly HealthCheck[];
  readonly components: readonly HealthCheck[];
  readonly nodes: NodeConnections | undefined;
  /** The way to servers in pods and behind Services. */
  readonly door: ServiceDoor | undefined;
  readonly metrics: MetricRegistry;
  readonly requests: RequestMetrics;
  readonly inflight: Inflight;
  readonly shutdown: Shutdown;
  readonly backlog: WatchBacklog;
  readonly bookmarks: Bookmarks;
  readonly aggregation: Aggregation;
}

/** One request about a resource, authenticated and authorised. */
export interface Call {
  readonly server: ServerContext;
  readonly request: HttpRequest;
  readonly info: RequestInfo;
  readonly user: User;
  /** The kind that is stored. */
  readonly kind: AnyKind;
  /** The kind the client names: the same, or another version of it (`Kind.conversion`). */
  readonly served: AnyKind;
  /** Sent as `Warning` headers; kubectl prints them. */
  readonly warnings: string[];
}

export type VerbHandler = (call: Call) => Promise<HttpResponse>;
