import type { HttpRequest, HttpResponse } from "#base/http.ts";
import type { ServerContext } from "../context.ts";
import { notFoundPage } from "../not_found_page.ts";

/** One thing that must be well. Returns what is wrong, or undefined. */
export interface HealthCheck {
  readonly name: string;
  check(): string | undefined;
}

const ENDPOINTS = new Set(["healthz", "livez", "readyz"]);

/** `/healthz`, `/livez`, `/readyz`, whole or one check of theirs; undefined for other paths. */
export function serveHealth(server: ServerContext, request: HttpRequest): HttpResponse | undefined {
  const [endpoint = "", name, ...rest] = request.path.split("/").filter(Boolean);
  if (!ENDPOINTS.has(endpoint)) return undefined;
  const checks = checksOf(server, endpoint);
  if (name === undefined) return report(endpoint, checks, request.query);
  const one = checks.find((check) => check.name === name);
  if (one === undefined || rest.length > 0) return notFoundPage();
  const problem = one.check();
  return problem === undefined ? text(200, "ok") : text(500, `internal server error: ${problem}\n`);
}

function checksOf(server: ServerContext, endpoint: string): HealthCheck[] {
  const ping: HealthCheck = { name: "ping", check: () => undefined };
  const store: HealthCheck = {
    name: "etcd",
    check() {
      try {
        server.store.get("/registry/health");
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  };
  return endpoint === "livez" ? [ping, store] : [ping, store, ...server.readiness];
}

function report(endpoint: string, checks: readonly HealthCheck[], query: URLSearchParams): HttpResponse {
  const excluded = new Set(query.getAll("exclude"));
  const lines: string[] = [];
  let failed = false;
  for (const { name, check } of checks) {
    if (excluded.has(name)) {
      lines.push(`[+]${name} excluded: ok`);
      continue;
    }
    const isWell = check() === undefined;
    failed ||= !isWell;
    lines.push(isWell ? `[+]${name} ok` : `[-]${name} failed: reason withheld`);
  }
  if (failed) return text(500, `${lines.join("\n")}\n${endpoint} check failed\n`);
  if (!query.has("verbose")) return text(200, "ok");
  return text(200, `${lines.join("\n")}\n${endpoint} check passed\n`);
}

function text(status: number, body: string): HttpResponse {
  const headers = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };
  return { status, headers, body: new TextEncoder().encode(body) };
}
