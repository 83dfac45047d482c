import type { HttpHandler, HttpRequest, HttpResponse } from "#base/http.ts";
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
const JSON_TYPE = "application/json";
const NO_BODY = new Uint8Array(0);
const NEVER = new AbortController().signal;

export interface TransportOptions {
  /**
   * Gives and takes objects that others in this process have, too, and changes none: a server here need neither write
   * nor read them.
   */
  readonly shared?: boolean;
  /** What a watch has to say in this process is read when what else was asked of the server is answered. */
  readonly patient?: boolean;
}

/**
 * A transport over anything that serves requests: the API server in this very process, or the connection to one
 * elsewhere (it then proves who it is by its certificate, and `user` only names it in `User-Agent`).
 */
export function transportTo(handler: HttpHandler, user: string, { shared = false }: TransportOptions = {}): Transport {
  const peer = { internalUser: user, address: "127.0.0.1" };
  const agent = `${user.slice(user.lastIndexOf(":") + 1)}/knarr`;
  return async ({ method, path, query = new URLSearchParams(), body, accept = JSON_TYPE, contentType, signal }) => {
    const type = body === undefined ? undefined : { "content-type": contentType ?? JSON_TYPE };
    const headers = { accept, "user-agent": agent, ...type };
    const head = { method, path, query, headers, peer, signal: signal ?? NEVER };
    // Patches are read as text: members that are undefined mean nothing in JSON, and would in them.
    const isShared = shared && contentType === undefined && typeof body === "object" && body !== null;
    const request = isShared
      ? sharedRequest(head, body)
      : { ...head, body: body === undefined ? NO_BODY : encoder.encode(JSON.stringify(body)) };
    const response = await handler(request);
    if (response.status >= 400) throw new ApiError(await statusOf(response));
    return response;
  };
}

/** A request whose body is written only for who reads it. */
function sharedRequest(head: Omit<HttpRequest, "body">, shared: object): HttpRequest {
  return {
    ...head,
    shared,
    get body() {
      return encoder.encode(JSON.stringify(shared));
    },
  };
}

/** The JSON value of a whole response. @param shared Whether it may be one that others have, too. */
export async function jsonOf(response: HttpResponse, shared: boolean): Promise<unknown> {
  if (shared && response.shared) return response.shared();
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
