import type { HttpHandler, HttpResponse } from "#base/http.ts";
import { collected } from "#base/stream_body.ts";
import { wholeBody } from "#base/long_body.ts";
import type { Status } from "#api/meta/status.ts";
import { ApiError } from "./client.ts";

/** One request, before it is known who sends it. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query?: URLSearchParams | undefined;
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly accept?: string | undefined;
  /** Default `application/json`. */
  readonly contentType?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Sends a call and gives the answer. Throws ApiError when the server refuses. */
export type Transport = (call: Call) => Promise<HttpResponse>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NO_BODY = new Uint8Array(0);
const NEVER = new AbortController().signal;

/**
 * A transport over anything that serves requests: the API server in this very process, or the connection to one
 * elsewhere (it then proves who it is by its certificate, and `user` only names it in `User-Agent`).
 */
export function transportTo(handler: HttpHandler, user: string): Transport {
  const peer = { internalUser: user, address: "127.0.0.1" };
  const agent = `${user.slice(user.lastIndexOf(":") + 1)}/knarr`;
  return async (call) => {
    const response = await handler({
      method: call.method,
      path: call.path,
      query: call.query ?? new URLSearchParams(),
      headers: {
        accept: call.accept ?? "application/json",
        "user-agent": agent,
        ...(call.body !== undefined && { "content-type": call.contentType ?? "application/json" }),
      },
      body: call.body === undefined ? NO_BODY : encoder.encode(JSON.stringify(call.body)),
      peer,
      signal: call.signal ?? NEVER,
    });
    if (response.status >= 400) throw new ApiError(await statusOf(response));
    return response;
  };
}

/** The JSON value of a whole response. */
export async function jsonOf(response: HttpResponse): Promise<unknown> {
  return JSON.parse(decoder.decode(await bytesOf(response.body)));
}

/** What the server said when it refused; a body that is no Status is given as the message. */
async function statusOf(response: HttpResponse): Promise<Status> {
  const text = decoder.decode(await bytesOf(response.body));
  const parsed = parseStatus(text);
  if (parsed) return { ...parsed, code: parsed.code ?? response.status };
  const message = text.trim() === "" ? `the server answered ${response.status}` : text.trim();
  return { apiVersion: "v1", kind: "Status", metadata: {}, status: "Failure", message, code: response.status };
}

function parseStatus(text: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isStatus = typeof value === "object" && value !== null && "kind" in value && value.kind === "Status";
    return isStatus ? (value as Status) : undefined;
  } catch {
    return undefined;
  }
}

function bytesOf(body: HttpResponse["body"]): Promise<Uint8Array> | Uint8Array {
  if (body instanceof Uint8Array) return body;
  return "start" in body ? collected(body) : wholeBody(body);
}
