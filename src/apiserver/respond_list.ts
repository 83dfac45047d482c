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
import { joined } from "./watch_writer.ts";

const encoder = new TextEncoder();
const COMMA = 0x2c;
const END = encoder.encode("]}");

/** The answer to a list. As JSON, unless a projection is asked for, items are copied as bytes and never parsed. */
export async function respondList(call: Call, entries: readonly Entry[], metadata: ListMeta): Promise<HttpResponse> {
  const representation = listRepresentation(call);
  const { served } = call;
  if (representation.isMetadataCopy && representation.form.as === "PartialObjectMetadataList") {
    const items = entries.map((entry) => representation.itemBytes(entry));
    const body = joinedList(partialListType(representation), items, metadata);
    return { status: 200, headers: { "content-type": contentType("json") }, body };
  }
  if (!representation.isCopy) return respondWith(representation, served, entries.map(objectOf), metadata);
  const body = await copiedList(served, entries, metadata);
  return { status: 200, headers: { "content-type": contentType("json") }, body };
}

/** As `respondList`, of objects that are not stored. */
export function respondObjects(call: Call, objects: readonly KubeObject[], metadata: ListMeta): Promise<HttpResponse> {
  return respondWith(listRepresentation(call), call.served, objects, metadata);
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
  objects: readonly KubeObject[],
  metadata: ListMeta,
): Promise<HttpResponse> {
  const { form } = representation;
  const body = await listBytes(representation, kind, objects, metadata);
  return { status: 200, headers: { "content-type": contentType(form.format) }, body };
}

async function listBytes(
  representation: Representation,
  kind: AnyKind,
  objects: readonly KubeObject[],
  metadata: ListMeta,
): Promise<Uint8Array> {
  const { form } = representation;
  const type: Typed =
    form.as === "object" ? { kind: listKind(kind), apiVersion: kind.apiVersion } : partialListType(representation);
  if (form.format === "protobuf") return protobufList(representation, type, objects, metadata);
  const list =
    form.as === "Table"
      ? representation.table(objects, metadata)
      : { ...type, metadata, items: objects.map((object) => representation.itemOf(object)) };
  return valueBytes(list, undefined, form);
}

async function protobufList(
  representation: Representation,
  type: Typed,
  objects: readonly KubeObject[],
  metadata: ListMeta,
): Promise<Uint8Array> {
  const list = new ProtobufList(type, representation.objectSchema, metadata);
  for (const [index, object] of objects.entries()) {
    list.add(representation.itemOf(object));
    if (index % LIMITS.encodedPerTurn === LIMITS.encodedPerTurn - 1) await nextTurn();
  }
  return list.finish();
}

function partialListType({ form }: Representation): Typed {
  return { kind: "PartialObjectMetadataList", apiVersion: `meta.k8s.io/${form.metaVersion}` };
}

/** A list of items that are written already. */
function joinedList(type: Typed, items: readonly Uint8Array[], metadata: ListMeta): Uint8Array {
  const head = JSON.stringify({ ...type, metadata }).slice(0, -1);
  const comma = Uint8Array.of(COMMA);
  const parts = items.flatMap((item, index) => (index === 0 ? [item] : [comma, item]));
  return joined([encoder.encode(`${head},"items":[`), ...parts, END]);
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
