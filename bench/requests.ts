import { httpsTransport } from "#sys/http/client.ts";
import type { Credentials } from "#cli/kubeconfig.ts";

/** What benchmarks look at in an object. */
export interface SeenObject {
  readonly metadata: { readonly name: string; readonly uid?: string };
  readonly status?: { readonly [field: string]: unknown };
}

/** Single requests and watches as JSON, for what is not load. */
export interface Requests {
  send(method: string, target: string, body?: object): Promise<unknown>;
  /** Resolves when `done` holds for an object of the collection, as it stands or as it becomes. */
  until(collection: string, done: (object: SeenObject) => boolean): Promise<void>;
  /** Resolves when the collection is empty. */
  untilEmpty(collection: string): Promise<void>;
  close(): void;
}

/** The longest anything is waited for. */
const WAIT_MS = 120_000;

export function openRequests(credentials: Credentials): Requests {
  const transport = httpsTransport(credentials);
  const send: Requests["send"] = async (method, target, body) => {
    const response = await transport.send({
      method,
      target,
      ...(body && {
        headers: { "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json" },
        body: Buffer.from(JSON.stringify(body)),
      }),
    });
    const text = Buffer.from(await response.bytes()).toString();
    if (response.status >= 300) throw new Error(`${method} ${target}: ${response.status} ${text}`);
    return JSON.parse(text) as unknown;
  };
  /** Follows a collection from its present state until `isDone` says so. */
  const follow = async (collection: string, isDone: (items: ReadonlyMap<string, SeenObject>) => boolean) => {
    const list = (await send("GET", collection)) as {
      readonly metadata: { readonly resourceVersion: string };
      readonly items: readonly SeenObject[];
    };
    const items = new Map(list.items.map((item) => [item.metadata.name, item]));
    if (isDone(items)) return;
    const signal = AbortSignal.timeout(WAIT_MS);
    const target = `${collection}?watch=1&resourceVersion=${list.metadata.resourceVersion}`;
    const response = await transport.send({ method: "GET", target, signal });
    for await (const line of linesOf(response.body)) {
      const { type, object } = JSON.parse(line) as { readonly type: string; readonly object: SeenObject };
      if (type === "DELETED") items.delete(object.metadata.name);
      else items.set(object.metadata.name, object);
      if (isDone(items)) return;
    }
    throw new Error(`the watch of ${collection} ended`);
  };
  return {
    send,
    until: (collection, done) => follow(collection, (items) => items.values().some(done)),
    untilEmpty: (collection) => follow(collection, (items) => items.size === 0),
    close: () => transport.close(),
  };
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
