import { ListMeta } from "../meta/list_meta.ts";
import type { AnyKind } from "../object.ts";
import type { ObjectSchema } from "../schema/schema.ts";
import { sealEnvelope } from "./envelope.ts";
import { WireWriter } from "./wire.ts";
import { writeMessage } from "./write.ts";

/** What names its own type. */
interface Typed {
  readonly apiVersion: string;
  readonly kind: string;
}

const numbered = new WeakMap<ObjectSchema, boolean>();

/** Whether objects of a kind have a protobuf form. Those of a custom resource have none: their fields have no numbers. */
export function hasProtobuf(kind: Pick<AnyKind, "schema" | "stored">): boolean {
  // Looking at the schema of a custom resource would compile it.
  if (kind.stored !== undefined) return false;
  const { schema } = kind;
  let isNumbered = numbered.get(schema);
  if (isNumbered === undefined) numbered.set(schema, (isNumbered = areNumbered(schema)));
  return isNumbered;
}

function areNumbered(schema: ObjectSchema): boolean {
  if (schema.preserveUnknown) return false;
  return Object.entries(schema.fields).every(([name, { proto, inline }]) => {
    return proto !== 0 || inline !== undefined || name === "apiVersion" || name === "kind";
  });
}

/** An object in its envelope. It must be complete, as it is stored. */
export function encodeProtobuf(schema: ObjectSchema, object: Typed): Uint8Array {
  const raw = writeMessage(schema, object as unknown as Readonly<Record<string, unknown>>);
  return sealEnvelope({ apiVersion: object.apiVersion, kind: object.kind, raw });
}

/** A list in its envelope. Every list of Kubernetes is this message: its metadata under 1, its items under 2. */
export class ProtobufList {
  readonly #writer = new WireWriter();
  readonly #type: Typed;
  readonly #item: ObjectSchema;

  constructor(type: Typed, item: ObjectSchema, metadata: ListMeta) {
    this.#type = type;
    this.#item = item;
    this.#writer.bytes(1, writeMessage(ListMeta, metadata as Readonly<Record<string, unknown>>));
  }

  add(object: object): void {
    this.#writer.bytes(2, writeMessage(this.#item, object as Readonly<Record<string, unknown>>));
  }

  finish(): Uint8Array {
    return sealEnvelope({ ...this.#type, raw: this.#writer.finish() });
  }
}

/** Bytes before a frame of a stream: its length, the most significant byte first (util/framer). */
const LENGTH_BYTES = 4;

/**
 * One event of a watch: a WatchEvent without an envelope around an object in its own, behind its length. Nothing
 * else marks where one event ends.
 */
export function watchFrame(type: string, object: Uint8Array): Uint8Array {
  const writer = new WireWriter();
  writer.text(1, type);
  writer.message(2, (extension) => extension.bytes(1, object));
  const event = writer.finish();
  const frame = new Uint8Array(LENGTH_BYTES + event.length);
  new DataView(frame.buffer).setUint32(0, event.length);
  frame.set(event, LENGTH_BYTES);
  return frame;
}
