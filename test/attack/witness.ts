import type { Random } from "#base/random.ts";
import type { Acknowledged, Followed, FollowedEvent, Listed } from "#store/history_checker.ts";
import { Entry } from "#store/entry.ts";
import type { Change, Revision } from "#store/store.ts";
import type { OpenTransport } from "#sys/http/client.ts";

/** What is written: it has room for a value, is watched by nobody else, and its deletion tells its revision. */
const COLLECTION = "/api/v1/namespaces/default/serviceaccounts";
export const PREFIX = "/registry/core/serviceaccounts/default/";
const KEYS_PER_WRITER = 3;

interface WireObject {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const valueOf = ({ metadata }: WireObject) => bytes(metadata.annotations?.["n"] ?? "");
const revisionOf = ({ metadata }: WireObject): Revision => Number(metadata.resourceVersion);

/** Values are numbers; watches with a selector see the odd ones. */
export const isOdd = ({ value }: Entry): boolean => Number(new TextDecoder().decode(value)) % 2 === 1;

/** A change of the store as the API's clients speak of it: of ours the number, of others the bytes. */
export function asSeen(change: Change): Change {
  const { entry, previous } = change;
  return { ...change, entry: entry && entryAsSeen(entry), previous: previous && entryAsSeen(previous) };
}

function entryAsSeen(entry: Entry): Entry {
  if (!entry.key.startsWith(PREFIX)) return entry;
  const value = valueOf(JSON.parse(new TextDecoder().decode(entry.value)) as WireObject);
  return new Entry(entry.key, value, entry.createRevision, entry.modRevision);
}

/** One writer with some objects of its own; what it was told is what counts. */
export class Writer {
  readonly acknowledged: Acknowledged[] = [];
  readonly listed: { readonly at: Revision; readonly items: readonly WireObject[] }[] = [];
  highest: Revision = 0;
  readonly #names: readonly string[];
  readonly #random: Random;
  readonly #onTold: () => void;

  /** @param onTold Called when a write was acknowledged. */
  constructor(number: number, random: Random, onTold: () => void) {
    this.#onTold = onTold;
    this.#names = Array.from({ length: KEYS_PER_WRITER }, (_, at) => `writer-${number}-${at}`);
    this.#random = random;
  }

  /** Writes until the connection breaks. */
  async write({ send }: OpenTransport): Promise<void> {
    const call = async (method: string, target: string, object?: object) => {
      const body = object && bytes(JSON.stringify(object));
      const response = await send({
        method,
        target,
        ...(body && { body, headers: { "content-type": "application/json" } }),
      });
      return { code: response.status, object: JSON.parse(Buffer.from(await response.bytes()).toString()) };
    };
    for (let n = 0; ; n++) {
      const name = this.#names[n % KEYS_PER_WRITER] ?? "";
      if (n % 50 === 49) await this.#list(call);
      const read = await call("GET", `${COLLECTION}/${name}`);
      const current = read.code === 200 ? (read.object as WireObject) : undefined;
      const key = PREFIX + name;
      const expected = current === undefined ? "absent" : revisionOf(current);
      if (current !== undefined && this.#random.below(4) === 0) {
        const preconditions = { resourceVersion: current.metadata.resourceVersion };
        const gone = await call("DELETE", `${COLLECTION}/${name}`, {
          kind: "DeleteOptions",
          apiVersion: "v1",
          preconditions,
        });
        this.#told(gone, { key, value: undefined, expected });
        continue;
      }
      const number = this.#random.below(1_000);
      const labels = { odd: String(number % 2 === 1) };
      const metadata = { ...current?.metadata, name, labels, annotations: { n: String(number) } };
      const written = await (current === undefined
        ? call("POST", COLLECTION, { metadata })
        : call("PUT", `${COLLECTION}/${name}`, { metadata }));
      this.#told(written, { key, value: bytes(String(number)), expected });
    }
  }

  async #list(call: (method: string, target: string) => Promise<{ code: number; object: unknown }>): Promise<void> {
    const { object } = await call("GET", COLLECTION);
    const { metadata, items } = object as { metadata: { resourceVersion: string }; items: WireObject[] };
    this.listed.push({ at: Number(metadata.resourceVersion), items: items.map(inShort) });
  }

  #told({ code, object }: { code: number; object: unknown }, write: Omit<Acknowledged, "revision">): void {
    if (code >= 300) throw new Error(`a write was refused: ${JSON.stringify(object)}`);
    const revision = revisionOf(object as WireObject);
    // Writing what stands there already changes nothing and has no revision of its own.
    if (revision === write.expected) return;
    this.highest = Math.max(this.highest, revision);
    this.acknowledged.push({ ...write, revision });
    this.#onTold();
  }
}

/** What is kept of a listed item: there are half a million of them in the end. */
function inShort({ metadata: { name, resourceVersion, annotations = {} } }: WireObject): WireObject {
  return { metadata: { name, resourceVersion, annotations } };
}

/** A list in the checker's terms; when an entry was created only the log knows. */
export function listedOf(log: readonly Change[], { at, items }: Writer["listed"][number]): Listed {
  const entries = items.map((item): Entry => {
    const revision = revisionOf(item);
    const createRevision = log[revision - 1]?.entry?.createRevision ?? 0;
    return new Entry(PREFIX + item.metadata.name, valueOf(item), createRevision, revision);
  });
  return { prefix: PREFIX, at, entries };
}

/** One watch, taken up again after each break where it left off. */
export class Follower {
  readonly events: FollowedEvent[] = [];
  readonly after: Revision;
  readonly #odd: boolean;
  #at: Revision;
  #wake: (() => void) | undefined;

  constructor(after: Revision, odd: boolean) {
    this.after = this.#at = after;
    this.#odd = odd;
  }

  /** Reads events until the connection breaks. */
  async follow({ send }: OpenTransport): Promise<void> {
    const selector = this.#odd ? "&labelSelector=odd%3Dtrue" : "";
    const response = await send({
      method: "GET",
      target: `${COLLECTION}?watch=1&resourceVersion=${this.#at}${selector}`,
    });
    let rest = "";
    for await (const chunk of response.body) {
      const lines = (rest + Buffer.from(chunk).toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#event(JSON.parse(line) as { type: FollowedEvent["type"]; object: WireObject });
      this.#wake?.();
    }
  }

  /** Resolves when everything up to `revision` that `due` speaks of has come. */
  async reach(revision: Revision): Promise<void> {
    while (this.#at < revision) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  followed(until: Revision): Followed {
    return { prefix: PREFIX, after: this.after, selects: this.#odd ? isOdd : () => true, events: this.events, until };
  }

  #event({ type, object }: { type: FollowedEvent["type"]; object: WireObject }): void {
    const revision = revisionOf(object);
    if (!Number.isSafeInteger(revision)) throw new Error(`a watch ended with ${JSON.stringify(object)}`);
    this.#at = revision;
    this.events.push({ type, revision, key: PREFIX + object.metadata.name, value: valueOf(object) });
  }
}
