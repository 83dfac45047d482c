import type { Clock } from "#base/clock.ts";
import type { HttpRequest, HttpResponse, StreamBody, TransportResponse } from "#base/http.ts";
import type { ByteStream, UpgradeRequest } from "#base/streams.ts";
import type { User } from "../authentication.ts";
import { LIMITS } from "../limits.ts";
import type { RequestInfo } from "../request_info.ts";
import { isLongRunning } from "../serving/request_class.ts";
import { forwardedHeaders, returnedHeaders } from "./identity_headers.ts";
import type { ServiceDoor, ServiceRequest, ServiceTarget } from "./service_door.ts";

const encoder = new TextEncoder();

/** A refusal in plain text, as kube-aggregator gives it. */
export function plainRefusal(status: number, text: string): HttpResponse {
  const headers = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };
  return { status, headers, body: encoder.encode(`${text}\n`) };
}

/** A request on its way to an aggregated server. */
export function requestTo(request: HttpRequest, user: User): ServiceRequest {
  const query = request.query.toString();
  return {
    method: request.method,
    target: query === "" ? request.path : `${request.path}?${query}`,
    headers: forwardedHeaders(request, user),
    ...(request.body.length > 0 && { body: request.body }),
  };
}

/** A way to a server, and the clock that bounds how long it may take. */
export interface Way {
  readonly door: ServiceDoor;
  readonly clock: Clock;
  readonly target: ServiceTarget;
}

/**
 * Sends a request on and its answer back as it comes. What takes too long without being a watch or the like is broken
 * off there too. Rejects when nobody answers.
 *
 * @param request What the client asked.
 * @param sent What is asked in its place.
 */
export async function forward(
  { door, clock, target }: Way,
  { request, info, sent }: { readonly request: HttpRequest; readonly info: RequestInfo; readonly sent: ServiceRequest },
): Promise<HttpResponse> {
  const abort = new AbortController();
  const gone = () => abort.abort(new Error("the client went away"));
  request.signal.addEventListener("abort", gone, { once: true });
  const timer = isLongRunning(info) ? undefined : clock.after(LIMITS.requestTimeoutMs, gone);
  try {
    const response = await door.send(target, { ...sent, signal: abort.signal });
    const headers = returnedHeaders(response.headers);
    const over = () => {
      timer?.cancel();
      request.signal.removeEventListener("abort", gone);
    };
    return { status: response.status, headers, body: streamed(response, abort, over) };
  } catch (error) {
    timer?.cancel();
    throw error;
  }
}

/** A body as it comes, at the pace at which it is taken. */
function streamed({ body }: TransportResponse, abort: AbortController, over: () => void): StreamBody {
  return {
    start(sink) {
      const copy = async () => {
        try {
          for await (const chunk of body) if (!sink.write(chunk)) await sink.drained();
          sink.end();
        } catch {
          sink.abort();
        } finally {
          over();
        }
      };
      void copy();
      return () => abort.abort(new Error("the client went away"));
    },
  };
}

/** Sends an Upgrade on, and what comes of it back: bytes both ways until either side ends, or an answer. */
export async function forwardUpgrade(
  door: ServiceDoor,
  target: ServiceTarget,
  { request, sent }: { readonly request: HttpRequest; readonly sent: ServiceRequest },
  upgrade: UpgradeRequest,
): Promise<void> {
  const headers = { ...sent.headers, connection: "Upgrade", upgrade: request.headers["upgrade"] ?? "" };
  const answer = await door.upgrade(target, { ...sent, headers, signal: request.signal });
  if (!answer.switched) {
    const { response } = answer;
    upgrade.refuse({
      status: response.status,
      headers: returnedHeaders(response.headers),
      body: await response.bytes(),
    });
    return;
  }
  const client = upgrade.acceptRaw(answer.headers);
  await Promise.all([copied(client, answer.stream), copied(answer.stream, client)]);
}

/** Copies until the end; whatever breaks one way ends both. */
async function copied(from: ByteStream, to: ByteStream): Promise<void> {
  try {
    for await (const chunk of from.incoming) await to.write(chunk);
    to.end();
  } catch {
    from.destroy();
    to.destroy();
  }
}
