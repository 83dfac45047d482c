import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { KINDS } from "../kinds.ts";
import { decode } from "./decode.ts";
import { encode } from "./encode.ts";
import { parseJson } from "./parse_json.ts";

/** Kubernetes' own vectors: one object per kind with every field set, kept beside the repository where it is developed. */
const VECTORS = new URL("../../../../shared/api/roundtrip/", import.meta.url);
const present = existsSync(VECTORS);
const skip = present ? false : `the vectors are not on this machine (${VECTORS.pathname})`;

const files = new Set(present ? readdirSync(VECTORS) : []);
for (const kind of KINDS) {
  const file = `${kind.group || "core"}.${kind.version}.${kind.kind}.json`;
  test(`${kind.apiVersion} ${kind.kind} comes back as it went in`, { skip }, () => {
    assert.ok(files.has(file), `no vector ${file}`);
    const text = readFileSync(new URL(file, VECTORS), "utf8");
    const { object } = decode(kind, parseJson(text), "Strict");
    assert.deepEqual(JSON.parse(new TextDecoder().decode(encode(object))), JSON.parse(text));
  });
}
