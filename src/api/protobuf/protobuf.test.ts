import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { decode } from "../codec/decode.ts";
import { documentOf } from "../codec/document.ts";
import { parseJson } from "../codec/parse_json.ts";
import { KINDS } from "../kinds.ts";
import { openEnvelope, sealEnvelope } from "./envelope.ts";
import { readMessage } from "./read.ts";
import { ProtobufError, readFields } from "./wire.ts";
import { writeMessage } from "./write.ts";

/** Kubernetes' own vectors, kept beside the repository where it is developed. */
const VECTORS = new URL("../../../../shared/api/roundtrip/", import.meta.url);
const skip = existsSync(VECTORS) ? false : `the vectors are not on this machine (${VECTORS.pathname})`;

for (const kind of KINDS) {
  // Kubernetes has no vectors for what aggregated servers serve.
  if (kind.group === "apiregistration.k8s.io" || kind.group === "metrics.k8s.io") continue;
  const base = `${kind.group || "core"}.${kind.version}.${kind.kind}`;
  test(`${kind.apiVersion} ${kind.kind} is read from protobuf and written back byte for byte`, { skip }, () => {
    const bytes = new Uint8Array(readFileSync(new URL(`${base}.pb`, VECTORS)));
    const json = readFileSync(new URL(`${base}.json`, VECTORS), "utf8");
    const { apiVersion, kind: name, raw } = openEnvelope(bytes);
    assert.deepEqual([apiVersion, name], [kind.apiVersion, kind.kind]);
    const read = { apiVersion, kind: name, ...readMessage(kind.schema, raw) };
    const { object } = decode(kind, documentOf(read), "Strict");
    assert.deepEqual(object, decode(kind, parseJson(json), "Strict").object);
    const written = sealEnvelope({ apiVersion, kind: name, raw: writeMessage(kind.schema, object as never) });
    assert.deepEqual(Buffer.from(written).toString("hex"), Buffer.from(bytes).toString("hex"));
  });
}

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
