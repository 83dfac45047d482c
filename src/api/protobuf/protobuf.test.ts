import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import * as fc from "fast-check";
import { TokenRequest } from "../authentication/tokenrequest.ts";
import { Scale } from "../autoscaling/scale.ts";
import { decodable, decode, type Decodable } from "../codec/decode.ts";
import { documentOf } from "../codec/document.ts";
import { parseJson } from "../codec/parse_json.ts";
import {
  PodAttachOptions,
  PodExecOptions,
  PodLogOptions,
  PodPortForwardOptions,
  PodProxyOptions,
} from "../core/pod_options.ts";
import { KINDS } from "../kinds.ts";
import { CreateOptions, DeleteOptions, GetOptions, ListOptions, PatchOptions, UpdateOptions } from "../meta/options.ts";
import { Status } from "../meta/status.ts";
import { Eviction } from "../policy/eviction.ts";
import type { ObjectSchema } from "../schema/schema.ts";
import { openEnvelope } from "./envelope.ts";
import { encodeProtobuf, watchFrame } from "./encode.ts";
import { readMessage } from "./read.ts";
import { ProtobufError, WireWriter, readFields } from "./wire.ts";

/** Kubernetes' own vectors, kept beside the repository where it is developed. */
const VECTORS = new URL("../../../../shared/api/roundtrip/", import.meta.url);
const skip = existsSync(VECTORS) ? false : `the vectors are not on this machine (${VECTORS.pathname})`;

/** What travels beside the kinds: options, answers, what subresources take. */
const OTHERS: readonly (readonly [group: string, schema: ObjectSchema])[] = [
  ["authentication.k8s.io", TokenRequest],
  ["autoscaling", Scale],
  ["core", CreateOptions],
  ["core", DeleteOptions],
  ["core", GetOptions],
  ["core", ListOptions],
  ["core", PatchOptions],
  ["core", PodAttachOptions],
  ["core", PodExecOptions],
  ["core", PodLogOptions],
  ["core", PodPortForwardOptions],
  ["core", PodProxyOptions],
  ["core", Status],
  ["core", UpdateOptions],
  ["policy", Eviction],
];
const targets: [group: string, target: Decodable][] = [
  // Kubernetes has no vectors for what aggregated servers serve.
  ...KINDS.filter(({ group }) => group !== "apiregistration.k8s.io" && group !== "metrics.k8s.io").map(
    (kind): [string, Decodable] => [kind.group || "core", kind],
  ),
  ...OTHERS.map(([group, schema]): [string, Decodable] => [group, decodable(schema)]),
];
for (const [group, target] of targets) {
  const base = `${group}.${target.version}.${target.kind}`;
  test(`${base} is read from protobuf and written back byte for byte`, { skip }, () => {
    const bytes = new Uint8Array(readFileSync(new URL(`${base}.pb`, VECTORS)));
    const json = readFileSync(new URL(`${base}.json`, VECTORS), "utf8");
    const { apiVersion, kind: name, raw } = openEnvelope(bytes);
    assert.equal(name, target.kind);
    const read = { apiVersion, kind: name, ...readMessage(target.schema, raw) };
    const { object } = decode(target, documentOf(read), "Strict");
    assert.deepEqual(object, decode(target, parseJson(json), "Strict").object);
    const written = encodeProtobuf(target.schema, { ...(object as object), apiVersion, kind: name });
    assert.deepEqual(Buffer.from(written).toString("hex"), Buffer.from(bytes).toString("hex"));
  });
}

test("an event of a watch is the message of the vector behind its length", { skip }, () => {
  const { raw } = openEnvelope(new Uint8Array(readFileSync(new URL("core.v1.WatchEvent.pb", VECTORS))));
  const [type, extension] = readFields(raw);
  const [object] = readFields(extension?.bytes ?? new Uint8Array());
  const frame = watchFrame(new TextDecoder().decode(type?.bytes), object?.bytes ?? new Uint8Array());
  assert.equal(new DataView(frame.buffer).getUint32(0), raw.length);
  assert.deepEqual(Buffer.from(frame.subarray(4)).toString("hex"), Buffer.from(raw).toString("hex"));
});

test("numbers, texts and messages of every length are written so that they are read again", () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.string({ maxLength: 300 }), (number, text) => {
      const writer = new WireWriter();
      writer.varint(1, number);
      writer.message(2, (inner) => inner.text(3, text));
      const [first, second] = readFields(writer.finish());
      assert.equal(BigInt.asIntN(64, first?.varint ?? 0n), number);
      const [inner] = readFields(second?.bytes ?? new Uint8Array());
      assert.deepEqual(inner?.bytes, new TextEncoder().encode(text));
    }),
  );
});

const broken: readonly (readonly [string, number[]])[] = [
  ["a field cut short", [0x0a, 0x05, 0x61]],
  ["a number cut short", [0x08, 0x80]],
  ["a number that never ends", [0x08, ...Array.from({ length: 12 }, () => 0xff)]],
  ["field number 0", [0x00, 0x01]],
  ["a group", [0x0b]],
];
for (const [name, bytes] of broken) {
  test(`readFields() refuses ${name}`, () => assert.throws(() => readFields(Uint8Array.from(bytes)), ProtobufError));
}

test("openEnvelope() refuses what does not begin as Kubernetes' protobuf does", () => {
  assert.throws(() => openEnvelope(new TextEncoder().encode("{}")), /does not appear to be a protobuf message/);
});

test("readMessage() refuses more fields than one turn can bear, however they nest", () => {
  const pod = KINDS.find(({ kind }) => kind === "Pod");
  assert.ok(pod !== undefined);
  const containers = new Uint8Array(200_002).fill(0x12);
  for (let at = 1; at < containers.length; at += 2) containers[at] = 0;
  assert.throws(() => readMessage(pod.schema, containers), { name: "ProtobufError", message: /more than 100000/ });
  // The spec is field 2, its containers are too: one field, then 100,000.
  const spec = Uint8Array.from([0x12, 0xc0, 0x9a, 0x0c, ...containers.subarray(0, 200_000)]);
  assert.throws(() => readMessage(pod.schema, spec), { name: "ProtobufError", message: /more than 100000/ });
});
