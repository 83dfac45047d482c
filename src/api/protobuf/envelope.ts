import { ProtobufError, WireWriter, readFields } from "./wire.ts";

/** Every protobuf body of Kubernetes begins with these four bytes (runtime/serializer/protobuf). */
const MAGIC = Uint8Array.of(0x6b, 0x38, 0x73, 0x00);

/** A message with the type it says it has. */
export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  /** The message itself. */
  readonly raw: Uint8Array;
}

/** Takes runtime.Unknown off. Throws ProtobufError. */
export function openEnvelope(bytes: Uint8Array): Envelope {
  if (!MAGIC.every((byte, at) => bytes[at] === byte)) {
    throw new ProtobufError("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  }
  const parts = new Map(readFields(bytes.subarray(MAGIC.length)).map((field) => [field.number, field.bytes]));
  const type = new Map(readFields(parts.get(1) ?? new Uint8Array()).map((field) => [field.number, field.bytes]));
  const text = (value: Uint8Array | undefined) => new TextDecoder().decode(value ?? new Uint8Array());
  return { apiVersion: text(type.get(1)), kind: text(type.get(2)), raw: parts.get(2) ?? new Uint8Array() };
}

/** Puts runtime.Unknown around a message; all four fields are written, as upstream writes them. */
export function sealEnvelope({ apiVersion, kind, raw }: Envelope): Uint8Array {
  const writer = new WireWriter();
  writer.message(1, (type) => {
    type.text(1, apiVersion);
    type.text(2, kind);
  });
  writer.bytes(2, raw);
  writer.text(3, "");
  writer.text(4, "");
  const body = writer.finish();
  const whole = new Uint8Array(MAGIC.length + body.length);
  whole.set(MAGIC);
  whole.set(body, MAGIC.length);
  return whole;
}
