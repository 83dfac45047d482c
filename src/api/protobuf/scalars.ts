import { formatDuration, parseDuration } from "../duration.ts";
import { formatMicroTime, formatTime, parseMicroTime, parseTime } from "../time.ts";
import { fromBase64, toBase64 } from "../base64.ts";
import type { ScalarFormat } from "../schema/schema.ts";
import { ProtobufError, readFields, type WireField, type WireWriter } from "./wire.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });
const utf8Bytes = new TextEncoder();

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new ProtobufError("string field contains invalid UTF-8");
  }
}

function int64Of(field: WireField): number {
  return Number(BigInt.asIntN(64, field.varint));
}

/** The members of a message that stands for one scalar, by field number. */
function members(field: WireField): Map<number, WireField> {
  return new Map(readFields(field.bytes).map((each) => [each.number, each]));
}

/** Seconds and nanoseconds; both zero is Go's zero time, which JSON shows as nothing. */
function timestamp(field: WireField, format: (seconds: number, nanos: number) => string): string | undefined {
  const parts = members(field);
  const seconds = int64Of(parts.get(1) ?? ZERO);
  const nanos = int64Of(parts.get(2) ?? ZERO);
  return seconds === 0 && nanos === 0 ? undefined : format(seconds, nanos);
}

const ZERO: WireField = { number: 0, wire: 0, varint: 0n, bytes: new Uint8Array() };

function jsonIn(field: WireField): unknown {
  const raw = members(field).get(1)?.bytes;
  return raw === undefined || raw.length === 0 ? undefined : JSON.parse(textOf(raw));
}

function intOrString(field: WireField): number | string {
  const parts = members(field);
  return int64Of(parts.get(1) ?? ZERO) === 1
    ? textOf(parts.get(3)?.bytes ?? ZERO.bytes)
    : int64Of(parts.get(2) ?? ZERO);
}

/** How each scalar is read: from its field to its JSON form. */
export const READ_SCALAR: Readonly<Record<ScalarFormat, (field: WireField) => unknown>> = {
  string: (field) => textOf(field.bytes),
  boolean: (field) => field.varint !== 0n,
  int32: (field) => Number(BigInt.asIntN(32, field.varint)),
  int64: int64Of,
  float64: (field) => new DataView(field.bytes.buffer, field.bytes.byteOffset, 8).getFloat64(0, true),
  bytes: (field) => toBase64(field.bytes),
  time: (field) => timestamp(field, (seconds) => formatTime(seconds * 1000)),
  microTime: (field) => timestamp(field, microText),
  duration: (field) => formatDuration(BigInt.asIntN(64, members(field).get(1)?.varint ?? 0n)),
  quantity: (field) => textOf(members(field).get(1)?.bytes ?? ZERO.bytes),
  intOrString,
  any: jsonIn,
  rawExtension: jsonIn,
  fieldsV1: jsonIn,
};

/** Six fractional digits; a Date has three, so the rest is put in by hand. */
function microText(seconds: number, nanos: number): string {
  const micros = String(Math.floor(nanos / 1000)).padStart(6, "0");
  return formatMicroTime(seconds * 1000).replace(/\.\d{6}Z$/, `.${micros}Z`);
}

function microNanos(text: string): bigint {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? "";
  return BigInt(fraction.padEnd(9, "0").slice(0, 9));
}

function writeTimestamp(writer: WireWriter, number: number, seconds: bigint, nanos: bigint): void {
  writer.message(number, (inner) => {
    inner.varint(1, seconds);
    inner.varint(2, nanos);
  });
}

function writeJson(writer: WireWriter, number: number, value: unknown): void {
  writer.message(number, (inner) => {
    if (value !== undefined) inner.bytes(1, utf8Bytes.encode(JSON.stringify(value)));
  });
}

const seconds = (ms: number) => BigInt(Math.floor(ms / 1000));

/** How each scalar is written; `undefined` asks for its zero value. */
export const WRITE_SCALAR: Readonly<
  Record<ScalarFormat, (writer: WireWriter, number: number, value: unknown) => void>
> = {
  string: (writer, number, value) => writer.text(number, (value as string | undefined) ?? ""),
  boolean: (writer, number, value) => writer.varint(number, value ? 1n : 0n),
  int32: (writer, number, value) => writer.varint(number, BigInt((value as number | undefined) ?? 0)),
  int64: (writer, number, value) => writer.varint(number, BigInt((value as number | undefined) ?? 0)),
  float64: (writer, number, value) => writer.double(number, (value as number | undefined) ?? 0),
  bytes: (writer, number, value) => writer.bytes(number, fromBase64((value as string | undefined) ?? "")),
  time(writer, number, value) {
    if (value === undefined) writer.message(number, () => {});
    else writeTimestamp(writer, number, seconds(parseTime(value as string)), 0n);
  },
  microTime(writer, number, value) {
    const text = value as string | undefined;
    if (text === undefined) writer.message(number, () => {});
    else writeTimestamp(writer, number, seconds(parseMicroTime(text)), microNanos(text));
  },
  duration: (writer, number, value) =>
    writer.message(number, (inner) => inner.varint(1, value === undefined ? 0n : parseDuration(value as string))),
  quantity: (writer, number, value) =>
    writer.message(number, (inner) => inner.text(1, (value as string | undefined) ?? "0")),
  intOrString: (writer, number, value) =>
    writer.message(number, (inner) => {
      const isText = typeof value === "string";
      inner.varint(1, isText ? 1n : 0n);
      inner.varint(2, isText ? 0n : BigInt((value as number | undefined) ?? 0));
      inner.text(3, isText ? value : "");
    }),
  any: writeJson,
  rawExtension: writeJson,
  fieldsV1: writeJson,
};
