/** How the tables of validation are read. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decode } from "../codec/decode.ts";
import { documentOf } from "../codec/document.ts";
import { applyDefaults } from "../defaults.ts";
import type { Json, JsonObject } from "../json.ts";
import type { AnyKind, KubeObject } from "../object.ts";
import type { FieldError } from "../schema/errors.ts";
import { applyMergePatch } from "../patch/merge_patch.ts";
import { validateCreate, validateUpdate } from "./validate.ts";

export const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
export const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

export const texts = (errors: readonly FieldError[]) => errors.map(({ field, message }) => `${field}: ${message}`);

export function complete(kind: AnyKind, draft: JsonObject, metadata: JsonObject): KubeObject {
  const namespace = kind.scope === "Namespaced" ? { namespace: "default" } : {};
  const whole = applyMergePatch({ metadata: { name: "web", ...namespace, ...metadata } }, draft as Json);
  return applyDefaults(kind, decode(kind, documentOf(structuredClone(whole))).object) as KubeObject;
}

export type Case = readonly [name: string, change: JsonObject, ...expected: string[]];

/** Each change to a good object brings exactly the errors listed, also after the good one was seen again and again. */
export function testCreate(kind: AnyKind, good: JsonObject, cases: readonly Case[]): void {
  describe(kind.kind, () => {
    const passes = () => assert.deepEqual(texts(validateCreate(kind, complete(kind, good, {}))), []);
    it("passes when it is good", passes);
    for (const [name, change, ...expected] of cases) {
      it(`refuses ${name}`, () => {
        passes();
        const object = complete(kind, applyMergePatch(structuredClone(good), change), {});
        assert.deepEqual(texts(validateCreate(kind, object)), expected);
      });
    }
  });
}

/** Each change to a stored object brings exactly the errors listed. */
export function testUpdate(kind: AnyKind, good: JsonObject, cases: readonly Case[], validate = validateUpdate): void {
  describe(`${kind.kind}, changed (${validate.name})`, () => {
    for (const [name, change, ...expected] of cases) {
      it(expected.length === 0 ? `allows ${name}` : `refuses ${name}`, () => {
        const stored = { resourceVersion: "1", uid: "u", creationTimestamp: "2026-01-01T00:00:00Z" };
        const previous = complete(kind, good, stored);
        const next = complete(kind, applyMergePatch(structuredClone(good), change), stored);
        assert.deepEqual(texts(validate(kind, next, previous)), expected);
      });
    }
  });
}

export const spec = (change: JsonObject): JsonObject => ({ spec: change });
export const container = (change: JsonObject): JsonObject => ({ name: "a", image: "x", ...change });
export const podWith = (change: JsonObject): JsonObject => spec({ containers: [container(change)] });
export const template = { metadata: { labels: { app: "web" } }, spec: { containers: [container({})] } };
export const workload: JsonObject = spec({ selector: { matchLabels: { app: "web" } }, template });
