import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { TokenRequest } from "../authentication/tokenrequest.ts";
import { Scale } from "../autoscaling/scale.ts";
import { KINDS } from "../kinds.ts";
import { DeleteOptions } from "../meta/options.ts";
import { Status } from "../meta/status.ts";
import { Eviction } from "../policy/eviction.ts";
import { decodable, decode, type Decodable } from "./decode.ts";
import { encode } from "./encode.ts";
import { parseJson } from "./parse_json.ts";

/** Kubernetes' own vectors: one object per kind with every field set, kept beside the repository where it is developed. */
const VECTORS = new URL("../../../../shared/api/roundtrip/", import.meta.url);
const present = existsSync(VECTORS);
const skip = present ? false : `the vectors are not on this machine (${VECTORS.pathname})`;

const files = new Set(present ? readdirSync(VECTORS) : []);
const targets: [group: string, target: Decodable][] = [
  // Kubernetes has no vectors for what aggregated servers serve.
  ...KINDS.filter(({ group }) => group !== "apiregistration.k8s.io" && group !== "metrics.k8s.io").map(
    (kind): [string, Decodable] => [kind.group || "core", kind],
  ),
  ["authentication.k8s.io", decodable(TokenRequest)],
  ["autoscaling", decodable(Scale)],
  ["core", decodable(DeleteOptions)],
  ["core", decodable(Status)],
  ["policy", decodable(Eviction)],
];
for (const [group, kind] of targets) {
  const file = `${group}.${kind.version}.${kind.kind}.json`;
  test(`${group}/${kind.version} ${kind.kind} comes back as it went in`, { skip }, () => {
    assert.ok(files.has(file), `no vector ${file}`);
    const text = readFileSync(new URL(file, VECTORS), "utf8");
    const { object } = decode(kind, parseJson(text), "Strict");
    assert.deepEqual(JSON.parse(new TextDecoder().decode(encode(object))), JSON.parse(text));
  });
}
