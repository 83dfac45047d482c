import type { HttpRequest, HttpResponse } from "#base/http.ts";
import type { ServerContext } from "../context.ts";
import { notFoundPage } from "../not_found_page.ts";

/** One thing that must be well. Returns what is wrong, or undefined. */
export interface HealthCheck {
  /** As in the path of the single check, for example `poststarthook/bootstrap-controller`. */
  readonly name: string;
  check(): string | undefined;
}

const ENDPOINTS = ["healthz", "livez", "readyz"];

/** `/healthz`, `/livez`, `/readyz`, whole or one check of theirs; undefined for other paths. */
export function serveHealth(server: ServerContext, request: HttpRequest): HttpResponse | undefined {
  const [endpoint = "", ...below] = request.path.split("/").filter(Boolean);
  if (!ENDPOINTS.includes(endpoint)) return undefined;
  const checks = checksOf(server, endpoint);
  if (below.length === 0) return report(endpoint, checks, request.query);
  const one = checks.find(({ name }) => name === below.join("/"));
  if (one === undefined) return notFoundPage();
  const problem = one.check();
  return problem === undefined ? text(200, "ok") : text(500, `internal server error: ${problem}\n`);
}

/** The paths of the endpoints and of their single checks. */
export function healthPaths(server: ServerContext): string[] {
  return ENDPOINTS.flatMap((endpoint) => [
    `/${endpoint}`,
    ...checksOf(server, endpoint).map(({ name }) => `/${endpoint}/${name}`),
  ]);
}

/** What makes a server alive; a ready one is also begun and not about to end. */
function checksOf({ store, readiness, shutdown }: ServerContext, endpoint: string): HealthCheck[] {
  const ping: HealthCheck = { name: "ping", check: () => undefined };
  const etcd: HealthCheck = { name: "etcd", check: () => problemOf(() => store.get("/registry/health")) };
  if (endpoint !== "readyz") return [ping, etcd];
  const ending: HealthCheck = {
    name: "shutdown",
    check: () => (shutdown.begun ? "process is shutting down" : undefined),
  };
  return [ping, etcd, { ...etcd, name: "etcd-readiness" }, ...readiness, ending];
}

function problemOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The page of a whole endpoint (apiserver server/healthz/healthz.go). Reasons stay inside: the page is public. */
function report(endpoint: string, checks: readonly HealthCheck[], query: URLSearchParams): HttpResponse {
  const excluded = new Set(query.getAll("exclude").flatMap((names) => names.split(",")));
  const lines: string[] = [];
  let failed = false;
  for (const { name, check } of checks) {
    if (excluded.delete(name)) {
      lines.push(`[+]${name} excluded: ok`);
      continue;
    }
    const isWell = check() === undefined;
    failed ||= !isWell;
    lines.push(isWell ? `[+]${name} ok` : `[-]${name} failed: reason withheld`);
  }
  excluded.delete("");
  if (excluded.size > 0) {
    const names = [...excluded].toSorted().map((name) => JSON.stringify(name));
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names.join(",")}`);
  }
  if (failed) return text(500, `${lines.join("\n")}\n${endpoint} check failed\n`);
  if (!query.has("verbose")) return text(200, "ok");
  return text(200, `${lines.join("\n")}\n${endpoint} check passed\n`);
}

function text(status: number, body: string): HttpResponse {
  const headers = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };
  return { status, headers, body: new TextEncoder().encode(body) };
}
