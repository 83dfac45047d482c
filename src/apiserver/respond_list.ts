import { joined } from "#base/bytes.ts";
import type { HttpResponse } from "#base/http.ts";
import type { LongBody } from "#base/long_body.ts";
import { nextTurn } from "#base/turn.ts";
import type { ListMeta } from "#api/meta/list_meta.ts";
import type { AnyKind, KubeObject } from "#api/object.ts";
import { ProtobufList } from "#api/protobuf/encode.ts";
import type { Entry } from "#store/store.ts";
import type { Call } from "./context.ts";
import { LIMITS } from "./limits.ts";
import { contentType } from "./negotiation.ts";
import { ListBody } from "./list_body.ts";
import { objectOf, wireLength } from "./object_codec.ts";
import { Representation, valueBytes, type Typed } from "./representation.ts";

const encoder = new TextEncoder();
const COMMA = encoder.encode(",");
const END = encoder.encode("]}");

/** The answer to a list. As JSON, unless a projection is asked for, items are copied as bytes and never parsed. */
export async function respondList(call: Call, entries: readonly Entry[], metadata: ListMeta): Promise<HttpResponse> {
  const representation = listRepresentation(call);
  const { served } = call;
  if (representation.isMetadataCopy && representation.form.as === "PartialObjectMetadataList") {
    const list = new JsonList({ ...partialListType(representation), metadata }, "items");
    await inTurns(entries, (batch) => list.add(batch.map((entry) => representation.itemBytes(entry))));
    return { status: 200, headers: { "content-type": contentType("json") }, body: list.finish() };
  }
  if (!representation.isCopy) return respondWith(representation, served, objectsOf(entries), metadata);
  const body = await copiedList(served, entries, metadata);
  return { status: 200, headers: { "content-type": contentType("json") }, body };
}

/** As `respondList`, of objects that are not stored. */
export function respondObjects(call: Call, objects: readonly KubeObject[], metadata: ListMeta): Promise<HttpResponse> {
  return respondWith(listRepresentation(call), call.served, objects, metadata);
}

/** Each is parsed when it is its turn. */
function* objectsOf(entries: readonly Entry[]): Iterable<KubeObject> {
  for (const entry of entries) yield objectOf(entry);
}

/** Hands over some at a time, so that other requests are served in between. */
async function inTurns<T>(items: Iterable<T>, take: (batch: readonly T[]) => void): Promise<void> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < LIMITS.encodedPerTurn) continue;
    take(batch);
    batch = [];
    await nextTurn();
  }
  take(batch);
}

/** @throws {StatusError} 406 when the client asks for the form of one object. */
function listRepresentation({ request, served, server }: Call): Representation {
  const representation = new Representation(request, served, () => server.clock.now());
  representation.checkListForm(listKind(served));
  return representation;
}

export function listKind(kind: AnyKind): string {
  return kind.listKind ?? `${kind.kind}List`;
}

async function respondWith(
  representation: Representation,
  kind: AnyKind,
  objects: Iterable<KubeObject>,
  metadata: ListMeta,
): Promise<HttpResponse> {
  const { form } = representation;
  const body = await listBytes(representation, kind, objects, metadata);
  return { status: 200, headers: { "content-type": contentType(form.format) }, body };
}

async function listBytes(
  representation: Representation,
  kind: AnyKind,
  objects: Iterable<KubeObject>,
  metadata: ListMeta,
): Promise<Uint8Array> {
  const { form } = representation;
  const type: Typed =
    form.as === "object" ? { kind: listKind(kind), apiVersion: kind.apiVersion } : partialListType(representation);
  if (form.format === "protobuf") return protobufList(representation, type, objects, metadata);
  if (form.format === "json" && !form.pretty) return jsonList(representation, type, objects, metadata);
  const all = [...objects];
  const list =
    form.as === "Table"
      ? representation.table(all, metadata)
      : { ...type, metadata, items: all.map((object) => representation.itemOf(object)) };
  return valueBytes(list, undefined, form);
}

async function protobufList(
  representation: Representation,
  type: Typed,
  objects: Iterable<KubeObject>,
  metadata: ListMeta,
): Promise<Uint8Array> {
  const list = new ProtobufList(type, representation.objectSchema, metadata);
  await inTurns(objects, (batch) => {
    for (const object of batch) list.add(representation.itemOf(object));
  });
  return list.finish();
}

async function jsonList(
  representation: Representation,
  type: Typed,
  objects: Iterable<KubeObject>,
  metadata: ListMeta,
): Promise<Uint8Array> {
  const isTable = representation.form.as === "Table";
  const list = isTable
    ? new JsonList(tableHead(representation, metadata), "rows")
    : new JsonList({ ...type, metadata }, "items");
  await inTurns(objects, (batch) => {
    const items = isTable ? representation.table(batch, {}).rows : batch.map((each) => representation.itemOf(each));
    list.add(items.map((item) => encoder.encode(JSON.stringify(item))));
  });
  return list.finish();
}

/** A table without its rows. */
function tableHead(representation: Representation, metadata: ListMeta): object {
  const { rows: _, ...head } = representation.table([], metadata);
  return head;
}

function partialListType({ form }: Representation): Typed {
  return { kind: "PartialObjectMetadataList", apiVersion: `meta.k8s.io/${form.metaVersion}` };
}

/** A list in JSON whose items come some at a time. */
class JsonList {
  readonly #parts: Uint8Array[];

  /** @param head All but the items, which stand last, under `field`. */
  constructor(head: object, field: string) {
    this.#parts = [encoder.encode(`${JSON.stringify(head).slice(0, -1)},"${field}":[`)];
  }

  add(items: readonly Uint8Array[]): void {
    for (const item of items) {
      if (this.#parts.length > 1) this.#parts.push(COMMA);
      this.#parts.push(item);
    }
  }

  finish(): Uint8Array {
    return joined([...this.#parts, END]);
  }
}

/** A list of 10,000 pods is some 20 MB: of one that long the length is counted first, and it is written as it is sent. */
async function copiedList(
  kind: AnyKind,
  entries: readonly Entry[],
  metadata: ListMeta,
): Promise<Uint8Array | LongBody> {
  const head = JSON.stringify({ kind: listKind(kind), apiVersion: kind.apiVersion, metadata }).slice(0, -1);
  const start = encoder.encode(`${head},"items":[`);
  let itemBytes = 0;
  for (const [index, entry] of entries.entries()) {
    itemBytes += wireLength(kind, entry);
    if (index % LIMITS.objectsCountedPerTurn === LIMITS.objectsCountedPerTurn - 1) await nextTurn();
  }
  const body = new ListBody(kind, entries, start, END, itemBytes);
  if (body.byteLength > LIMITS.wholeBytesMax) return body;
  const bytes = new Uint8Array(body.byteLength);
  body.read(bytes);
  return bytes;
}
