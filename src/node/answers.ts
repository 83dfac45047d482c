import type { HttpResponse } from "#base/http.ts";

/** An answer of text. */
export function text(status: number, body: string, type = "text/plain; charset=utf-8"): HttpResponse {
  return { status, headers: { "content-type": type }, body: new TextEncoder().encode(body) };
}

/** An answer of JSON, 200. */
export function json(value: unknown): HttpResponse {
  return text(200, JSON.stringify(value), "application/json");
}
