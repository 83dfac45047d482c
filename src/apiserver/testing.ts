import { seededRandom } from "#base/random.ts";
import { silentLog } from "#base/log.ts";
import { wholeBody } from "#base/long_body.ts";
import { VirtualClock } from "#base/virtual_clock.ts";
import type { HttpResponse, Peer, StreamSink } from "#base/http.ts";
import { KINDS } from "#api/kinds.ts";
import { KindRegistry } from "#api/registry.ts";
import { MemoryStore } from "#store/memory_store.ts";
import { createApiServer, type ApiServer, type ApiServerOptions } from "./server.ts";

/** A whole API server in memory, and the means to talk to it: for tests of this and other rooms. */
export interface TestServer {
  readonly server: ApiServer;
  readonly store: MemoryStore;
  readonly clock: VirtualClock;
  /** `path` may carry a query. A body of text or bytes is sent as it is, other values as JSON. */
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Answer>;
  watch(path: string, options?: CallOptions): Promise<WatchLog>;
  /** As `call`, without looking into the answer. */
  request(method: string, path: string, body?: unknown, options?: CallOptions): Promise<HttpResponse>;
}

export interface CallOptions {
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly peer?: Peer;
}

// eslint-disable-next-line typescript/no-explicit-any -- Tests look into answers of every kind.
export type AnyJson = any;

export interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly json: AnyJson;
}

const ADMIN: Peer = { internalUser: "admin", address: "127.0.0.1" };

/** A server with the namespaces every cluster has and a default service account in `default`. */
export async function testServer(
  options: ApiServerOptions = {},
  seed = 1,
  store: MemoryStore = new MemoryStore(),
): Promise<TestServer> {
  const clock = new VirtualClock();
  const registry = new KindRegistry(KINDS);
  const server = createApiServer({ store, registry, clock, random: seededRandom(seed), log: silentLog, options });
  const request: TestServer["request"] = (method, path, body, extra = {}) => {
    const [bare = "", query = ""] = path.split("?", 2);
    return server.handle({
      method,
      path: bare,
      query: new URLSearchParams(query),
      headers: { "content-type": extra.contentType ?? "application/json", ...extra.headers },
      body: bytesOf(body),
      peer: extra.peer ?? ADMIN,
      signal: new AbortController().signal,
    });
  };
  const call: TestServer["call"] = async (method, path, body, extra) =>
    await answerOf(await request(method, path, body, extra));
  const watch: TestServer["watch"] = async (path, extra) => {
    const response = await request("GET", `${path}${path.includes("?") ? "&" : "?"}watch=true`, undefined, extra);
    return new WatchLog(response);
  };
  for (const name of ["default", "kube-system"]) await call("POST", "/api/v1/namespaces", { metadata: { name } });
  await call("POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "default" } });
  return { server, store, clock, call, watch, request };
}

function bytesOf(body: unknown): Uint8Array {
  if (body === undefined) return new Uint8Array();
  if (body instanceof Uint8Array) return body;
  return new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
}

async function answerOf({ status: code, headers, body }: HttpResponse): Promise<Answer> {
  if ("start" in body) throw new Error("The answer is a stream");
  const bytes = body instanceof Uint8Array ? body : await wholeBody(body);
  const text = new TextDecoder().decode(bytes);
  const isJson = headers["content-type"] === "application/json";
  return { code, headers, text, bytes, json: isJson ? JSON.parse(text) : undefined };
}

/** A sink that keeps the bytes it is given. */
export class ByteLog implements StreamSink {
  readonly chunks: Uint8Array[] = [];

  write(chunk: Uint8Array): boolean {
    this.chunks.push(chunk);
    return true;
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  end(): void {}

  abort(): void {}

  get bytes(): Uint8Array {
    return Uint8Array.from(this.chunks.flatMap((chunk) => [...chunk]));
  }
}

/** Collects what a watch sends. `stalled` makes its reader fall behind. */
class WatchLog implements StreamSink {
  readonly events: { type: string; object: AnyJson }[] = [];
  readonly chunks: number[] = [];
  state: "open" | "ended" | "aborted" = "open";
  stalled = false;
  readonly stop: () => void;
  #text = "";
  #resume: (() => void) | undefined;
  #waiting: { count: number; wake: () => void } | undefined;

  constructor(response: HttpResponse) {
    const { body } = response;
    if (!("start" in body))
      throw new Error(body instanceof Uint8Array ? new TextDecoder().decode(body) : "a long body");
    this.stop = body.start(this);
  }

  write(chunk: Uint8Array): boolean {
    this.chunks.push(chunk.length);
    this.#text += new TextDecoder().decode(chunk);
    const lines = this.#text.split("\n");
    this.#text = lines.pop() ?? "";
    for (const line of lines) this.events.push(JSON.parse(line));
    if (this.#waiting !== undefined && this.events.length >= this.#waiting.count) this.#waiting.wake();
    return !this.stalled;
  }

  drained(): Promise<void> {
    if (!this.stalled) return Promise.resolve();
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  resume(): void {
    this.stalled = false;
    this.#resume?.();
  }

  end(): void {
    this.state = "ended";
  }

  abort(): void {
    this.state = "aborted";
  }

  /** Resolves when at least `count` events have come. */
  async reach(count: number): Promise<void> {
    if (this.events.length >= count) return;
    await new Promise<void>((wake) => {
      this.#waiting = { count, wake };
    });
  }

  /** `TYPE name` of each event, which is what most tests are about. */
  get summary(): string[] {
    return this.events.map(({ type, object }) => `${type} ${object.metadata?.name ?? ""}`.trim());
  }
}
