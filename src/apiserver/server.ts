import type { Clock } from "#base/clock.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "#base/http.ts";
import type { Log } from "#base/log.ts";
import { MetricRegistry } from "#base/metrics.ts";
import type { Random } from "#base/random.ts";
import type { UpgradeRequest } from "#base/streams.ts";
import type { Descriptions } from "#api/openapi/descriptions.ts";
import { OpenApi } from "#api/openapi/openapi.ts";
import type { KindRegistry } from "#api/registry.ts";
import type { Store } from "#store/store.ts";
import { resourceQuota } from "./admission/resource_quota.ts";
import { builtInAdmission } from "./admission/built_in.ts";
import { DEFAULT_TOLERATION_SECONDS } from "./admission/default_tolerations.ts";
import { DEFAULT_SERVICE_NETWORK, ServiceAllocation, type ServiceNetwork } from "./allocation/service_allocation.ts";
import { Aggregation } from "./aggregation/aggregation.ts";
import { LocalApiServices } from "./aggregation/local_api_services.ts";
import type { ServiceDoor } from "./aggregation/service_door.ts";
import type { AdmissionStep } from "./admission.ts";
import { authenticate, type TokenAuthenticator, type User } from "./authentication.ts";
import { accessDenied, anyOf, attributesOf, clusterAdminAuthorizer, type Authorizer } from "./authorization.ts";
import { Bookmarks } from "./bookmarks.ts";
import { connectHandler } from "./connect.ts";
import type { ServerContext } from "./context.ts";
import { webhookConversion } from "./custom_resources/conversion.ts";
import { CustomResources } from "./custom_resources/custom_resources.ts";
import type { HealthCheck } from "./discovery/health.ts";
import { LIMITS } from "./limits.ts";
import type { NodeConnections } from "./node_connection.ts";
import { SERVER_VERSION } from "./discovery/version.ts";
import { keepEventsExpired } from "./event_expiry.ts";
import { nodeAuthorizer } from "./node_authorizer.ts";
import { serveNonResource } from "./non_resource.ts";
import type { WebhookDoor } from "./webhook_target.ts";
import { requestInfoOf, type RequestInfo } from "./request_info.ts";
import { callOf, serveResource } from "./resource_handler.ts";
import { ServiceAccountTokens, type TokenKey } from "./service_account_tokens.ts";
import { respondError } from "./respond.ts";
import { deadlineOf, withinDeadline } from "./serving/deadline.ts";
import { Inflight } from "./serving/inflight.ts";
import { RequestMetrics } from "./serving/request_metrics.ts";
import { Shutdown } from "./serving/shutdown.ts";
import { StatusError, internalError, serviceUnavailable, unauthorized } from "./status_error.ts";
import { WatchBacklog } from "./watch_backlog.ts";
import { StoreClosedError } from "#store/store.ts";

export interface ApiServerOptions {
  readonly tokens?: readonly TokenAuthenticator[];
  /** Signs the tokens of service accounts; without it pods have none. */
  readonly tokenKey?: TokenKey;
  readonly authorizer?: Authorizer;
  /** Run after the built-in steps. */
  readonly admission?: readonly AdmissionStep[];
  /** Where Services get addresses and ports, as far as it differs from DEFAULT_SERVICE_NETWORK. */
  readonly services?: Partial<ServiceNetwork>;
  /** How long pods that do not say otherwise stay on a node that went away; 300 by default. */
  readonly tolerationSeconds?: number | undefined;
  /** Texts of types and fields for `kubectl explain`. */
  readonly descriptions?: Descriptions;
  /** What must be well before clients are sent here, beside the store. */
  readonly readiness?: readonly HealthCheck[];
  /** The other parts of the control plane, for componentstatuses. */
  readonly components?: readonly HealthCheck[];
  /** Where the server's numbers are put; `/metrics` shows all that is in there. */
  readonly metrics?: MetricRegistry;
  /** The way out to webhooks; without it what needs one is refused. */
  readonly webhooks?: WebhookDoor;
  /** The way to servers of aggregated APIs and in pods; without it none of them is available. */
  readonly serviceDoor?: ServiceDoor;
  /** The way to logs and sessions of containers; without it they are refused. */
  readonly nodes?: NodeConnections;
}

export interface ApiServerParts {
  readonly store: Store;
  readonly registry: KindRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly options?: ApiServerOptions;
}

export interface ApiServer {
  readonly handle: HttpHandler;
  /** Serves an exec, attach or port-forward from its Upgrade to its end, or refuses it. Never rejects. */
  upgrade(request: HttpRequest, upgrade: UpgradeRequest): Promise<void>;
  /** Keeps an APIService for each group and version served here, from now on; resolves when there is one for each. */
  registerApiServices(): Promise<void>;
  /** The end is near: `/readyz` fails from now on, so that clients go elsewhere. Everything is still served. */
  beginShutdown(): void;
  /** Ends the watches of clients elsewhere, each within `overMs` at a moment of its own, after a last bookmark. */
  endWatches(overMs: number): void;
  /** Stops its timers. Requests in hand are finished; the store stays open. */
  close(): void;
}

/** The API server over a store: requests in, responses out. It listens nowhere; whoever calls `handle` does. */
export function createApiServer(parts: ApiServerParts): ApiServer {
  const { store, registry, clock, random, log, options = {} } = parts;
  const metrics = options.metrics ?? new MetricRegistry();
  const inflight = new Inflight();
  const backlog = new WatchBacklog(LIMITS.watchBacklogBytesMax);
  const services = new ServiceAllocation(store, { ...DEFAULT_SERVICE_NETWORK, ...options.services }, random);
  const accounts = options.tokenKey && new ServiceAccountTokens(options.tokenKey, parts);
  const server: ServerContext = {
    store,
    registry,
    clock,
    random,
    log,
    tokens: [...(accounts ? [accounts.authenticate] : []), ...(options.tokens ?? [])],
    accounts,
    authorizer: options.authorizer ?? anyOf(clusterAdminAuthorizer, nodeAuthorizer),
    // Quotas last: what they have counted, nobody else may refuse.
    admission: [...builtInAdmission, ...(options.admission ?? []), resourceQuota],
    services,
    tolerationSeconds: options.tolerationSeconds ?? DEFAULT_TOLERATION_SECONDS,
    openApi: new OpenApi(registry, SERVER_VERSION.gitVersion, options.descriptions),
    nodes: options.nodes,
    door: options.serviceDoor,
    readiness: options.readiness ?? [],
    components: options.components ?? [],
    metrics,
    requests: new RequestMetrics(metrics, { store, registry, inflight, backlog }),
    inflight,
    shutdown: new Shutdown(clock, random),
    backlog,
    bookmarks: new Bookmarks(clock),
    aggregation: new Aggregation({ store, clock, random, log }, options.serviceDoor),
  };
  let localApiServices: LocalApiServices | undefined;
  const stopExpiry = keepEventsExpired(store, clock, log);
  const customResources = new CustomResources(server, webhookConversion({ store, random, webhooks: options.webhooks }));
  const close = () => {
    localApiServices?.close();
    server.aggregation.close();
    customResources.close();
    stopExpiry();
    services.close();
  };
  const handle = async (request: HttpRequest): Promise<HttpResponse> => {
    const startedMs = clock.monotonic();
    const info = requestInfoOf(request);
    const response = uncached(await answer(server, request, info));
    return server.requests.answered(request, info, response, (clock.monotonic() - startedMs) / 1000);
  };
  const upgrade = async (request: HttpRequest, upgradeRequest: UpgradeRequest): Promise<void> => {
    let accepted = false;
    const over = server.requests.opened(request, requestInfoOf(request));
    try {
      const accepting = telling(upgradeRequest, () => (accepted = true));
      await serveUpgrade(server, request, accepting);
    } catch (error) {
      const refusal = refusalOf(error, server, request);
      if (!accepted) upgradeRequest.refuse(respondError(request, refusal));
    } finally {
      over();
    }
  };
  return {
    handle,
    upgrade,
    registerApiServices() {
      localApiServices ??= new LocalApiServices(server);
      return localApiServices.sync();
    },
    beginShutdown: () => server.shutdown.begin(),
    endWatches: (overMs) => server.shutdown.endWatches(overMs),
    close,
  };
}

/** Nobody between the client and us may keep an answer, unless its handler says so. */
function uncached(response: HttpResponse): HttpResponse {
  return { ...response, headers: { "cache-control": "no-cache, private", ...response.headers } };
}

/** Serves a connection its sender may make. @throws {StatusError} When it is refused. */
async function serveUpgrade(server: ServerContext, request: HttpRequest, upgrade: UpgradeRequest): Promise<void> {
  const info = requestInfoOf(request);
  const user = await userOf(server, request);
  authorize(server, user, info, request.query);
  const remote = server.aggregation.remoteOf(info.path);
  if (remote !== undefined) return server.aggregation.upgrade(remote, request, user, upgrade);
  const call = callOf(server, request, info, user);
  await connectHandler(call)(call, upgrade);
}

/** `upgrade`, telling when it was accepted: from then on it cannot be refused. */
function telling(upgrade: UpgradeRequest, onAccept: () => void): UpgradeRequest {
  return {
    refuse: (response) => upgrade.refuse(response),
    acceptExec(streams) {
      onAccept();
      return upgrade.acceptExec(streams);
    },
    acceptPortForward(ports) {
      onAccept();
      return upgrade.acceptPortForward(ports);
    },
    acceptRaw(headers) {
      onAccept();
      return upgrade.acceptRaw(headers);
    },
  };
}

async function userOf(server: ServerContext, request: HttpRequest): Promise<User> {
  const user = await authenticate(request, server.tokens);
  if (user === "refused") throw unauthorized();
  return user;
}

/** What a request is answered, in time; every failure is a response. */
async function answer(server: ServerContext, request: HttpRequest, info: RequestInfo): Promise<HttpResponse> {
  try {
    const deadlineMs = deadlineOf(request, info);
    const work = serve(server, request, info);
    return await (deadlineMs === undefined ? work : withinDeadline(server.clock, deadlineMs, work));
  } catch (error) {
    return respondError(request, refusalOf(error, server, request));
  }
}

async function serve(server: ServerContext, request: HttpRequest, info: RequestInfo): Promise<HttpResponse> {
  const user = await userOf(server, request);
  return server.inflight.during(info, user, async () => {
    authorize(server, user, info, request.query);
    const remote = server.aggregation.remoteOf(info.path);
    if (remote !== undefined) return server.aggregation.serve(remote, request, info, user);
    return info.isResource ? serveResource(server, request, info, user) : serveNonResource(server, request);
  });
}

/** @throws {StatusError} 403; 401 for those who did not say who they are. */
function authorize(server: ServerContext, user: User, info: RequestInfo, query: URLSearchParams): void {
  const attributes = attributesOf(user, info, query);
  const decision = server.authorizer(attributes);
  if (decision.allowed) return;
  if (user.groups.includes("system:unauthenticated")) throw unauthorized();
  throw accessDenied(attributes, decision.reason);
}

function refusalOf(error: unknown, server: ServerContext, request: HttpRequest): StatusError {
  if (error instanceof StatusError) return error;
  if (error instanceof StoreClosedError) return serviceUnavailable(error.message);
  server.log.error("a request failed for a reason of our own", { method: request.method, path: request.path, error });
  return internalError(error);
}
