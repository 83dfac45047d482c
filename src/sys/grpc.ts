import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
} from "node:http2";
import { connect as connectSocket } from "node:net";
import { percentDecoded } from "#base/percent.ts";
import type { Message } from "./protobuf.ts";

/** gRPC status codes that callers decide by (google.golang.org/grpc/codes). */
export const GRPC = {
  canceled: 1,
  unknown: 2,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  failedPrecondition: 9,
  unimplemented: 12,
  unavailable: 14,
} as const;

/** A call that did not end with status 0. `message` is the server's own text. */
export class GrpcError extends Error {
  override readonly name = "GrpcError";
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export interface GrpcMethod<In, Out> {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly request: Message<In, unknown>;
  readonly response: Message<never, Out>;
}

interface GrpcCallOptions {
  /** The call fails with deadlineExceeded after this; absent waits for ever. */
  readonly timeoutMs?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The largest message accepted: ExecSync answers with up to 16 MiB of each output. */
const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;

/**
 * gRPC to one server over HTTP/2 without TLS, on a unix socket. Connects when first used and again after the server
 * went away; calls under way then fail with `unavailable`, none is repeated.
 */
export class GrpcChannel {
  readonly #socketPath: string;
  #session: ClientHttp2Session | undefined;
  #closed = false;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** One request, one answer. @throws {GrpcError} */
  async unary<In, Out>(method: GrpcMethod<In, Out>, request: In, options: GrpcCallOptions = {}): Promise<Out> {
    // To the end, not only to the first message: the status comes after it.
    const responses = await Array.fromAsync(this.stream(method, request, options));
    const [response] = responses;
    if (response === undefined) throw new GrpcError(GRPC.unknown, `${method.path}: the answer was empty`);
    return response;
  }

  /** One request, any number of answers, until the server ends or the loop is left. @throws {GrpcError} */
  async *stream<In, Out>(
    method: GrpcMethod<In, Out>,
    request: In,
    options: GrpcCallOptions = {},
  ): AsyncGenerator<Out, void, void> {
    options.signal?.throwIfAborted();
    const call = this.#open(method.path, options);
    const outcome = watchCall(call, options);
    call.end(frame(method.request.encode(request)));
    try {
      for await (const message of unframe(call)) yield method.response.decode(message);
    } catch (error) {
      throw outcome.error(error);
    } finally {
      outcome.stop();
      call.close(constants.NGHTTP2_CANCEL);
    }
    const failure = outcome.error(undefined);
    if (failure !== undefined) throw failure;
  }

  /** Ends the connection; calls under way fail. */
  close(): void {
    this.#closed = true;
    this.#session?.destroy();
    this.#session = undefined;
  }

  #open(path: string, options: GrpcCallOptions): ClientHttp2Stream {
    if (this.#closed) throw new GrpcError(GRPC.canceled, "the channel is closed");
    return this.#connected().request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      ...(options.timeoutMs !== undefined && { "grpc-timeout": `${Math.ceil(options.timeoutMs)}m` }),
      ...options.metadata,
    });
  }

  #connected(): ClientHttp2Session {
    const existing = this.#session;
    if (existing !== undefined && !existing.closed && !existing.destroyed) return existing;
    const session = connect("http://localhost", {
      createConnection: () => connectSocket(this.#socketPath),
      settings: { initialWindowSize: 4 * 1024 * 1024, enablePush: false },
    });
    const forget = (): void => {
      if (this.#session === session) this.#session = undefined;
    };
    session.on("error", forget);
    session.on("close", forget);
    session.on("goaway", forget);
    this.#session = session;
    return session;
  }
}

/** Follows one call: its status from headers or trailers, its deadline, its caller's signal. */
function watchCall(call: ClientHttp2Stream, options: GrpcCallOptions) {
  let status: { code: number; message: string } | undefined;
  let cut: unknown;
  const note = (headers: IncomingHttpHeaders): void => {
    const code = headers["grpc-status"];
    if (code === undefined) return;
    const message = String(headers["grpc-message"] ?? "");
    // What is not escaped as it should be is shown as it came (gRPC over HTTP/2, "Status-Message").
    status = { code: Number(code), message: percentDecoded(message) ?? message };
  };
  call.on("response", note);
  call.on("trailers", note);
  const abandon = (reason: unknown): void => {
    cut ??= reason;
    call.close(constants.NGHTTP2_CANCEL);
  };
  const onAbort = (): void => abandon(options.signal?.reason);
  options.signal?.addEventListener("abort", onAbort, { once: true });
  // Half a second behind the server's own deadline, whose message says more.
  const late = options.timeoutMs === undefined ? undefined : options.timeoutMs + 500;
  const timer = late && setTimeout(() => abandon(new GrpcError(GRPC.deadlineExceeded, "deadline exceeded")), late);
  return {
    /** Why the call failed, or undefined when its status is 0. */
    error(thrown: unknown): unknown {
      if (cut !== undefined) return cut;
      if (status !== undefined) return status.code === 0 ? thrown : new GrpcError(status.code, status.message);
      const because = thrown instanceof Error ? thrown.message : "the connection ended";
      return new GrpcError(GRPC.unavailable, because);
    },
    stop(): void {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", onAbort);
    },
  };
}

/** Length-prefixed message: one byte that says "not compressed", four of length. */
export function frame(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(5 + message.length);
  new DataView(framed.buffer).setUint32(1, message.length);
  framed.set(message, 5);
  return framed;
}

/** Takes length-prefixed messages off a stream of chunks. */
export async function* unframe(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // Parts are joined only once a message is whole: joining per chunk would copy a large one over and over.
  let parts: Uint8Array[] = [];
  let held = 0;
  let wanted = 5;
  for await (const chunk of chunks) {
    parts.push(chunk);
    held += chunk.length;
    while (held >= wanted) {
      const joined = Buffer.concat(parts);
      const length = joined.readUInt32BE(1);
      if (joined[0] !== 0) throw new GrpcError(GRPC.unimplemented, "compressed messages were not asked for");
      if (length > MESSAGE_BYTES_MAX) throw new GrpcError(GRPC.unknown, `a message of ${length} bytes is too large`);
      const whole = held >= 5 + length;
      if (whole) yield joined.subarray(5, 5 + length);
      const rest = whole ? joined.subarray(5 + length) : joined;
      parts = [rest];
      held = rest.length;
      wanted = whole ? 5 : 5 + length;
    }
  }
}
