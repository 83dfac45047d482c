import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "./testing.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const MERGE = "application/merge-patch+json";
const APPLY = "application/apply-patch+yaml";

interface Case {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly contentType?: string;
  readonly code: number;
  readonly message: string;
}

const applied = (metadata: object) => ({ apiVersion: "v1", kind: "ConfigMap", metadata });

const REFUSED: readonly Case[] = [
  {
    name: "a patch that renames",
    method: "PATCH",
    path: `${MAPS}/a`,
    body: { metadata: { name: "b" } },
    contentType: MERGE,
    code: 400,
    message: "the name of the object (b) does not match the name on the URL (a)",
  },
  {
    name: "a patch that moves",
    method: "PATCH",
    path: `${MAPS}/a`,
    body: { metadata: { namespace: "b" } },
    contentType: MERGE,
    code: 400,
    message: "the namespace of the provided object does not match the namespace sent on the request",
  },
  {
    name: "a patch to another identity",
    method: "PATCH",
    path: `${MAPS}/a`,
    body: { metadata: { uid: "x" } },
    contentType: MERGE,
    code: 422,
    message: 'ConfigMap "a" is invalid: metadata.uid: Invalid value: "x": field is immutable',
  },
  {
    name: "a replacement of an object that has gone",
    method: "PUT",
    path: `${MAPS}/gone`,
    body: { metadata: { name: "gone", uid: "x" } },
    code: 409,
    message:
      'Operation cannot be fulfilled on configmaps "gone": StorageError: invalid object, Code: 4, Key: /registry/configmaps/default/gone, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: x, UID in object meta: ',
  },
  {
    name: "an apply of an object that has gone",
    method: "PATCH",
    path: `${MAPS}/gone?fieldManager=m`,
    body: applied({ name: "gone", uid: "x" }),
    contentType: APPLY,
    code: 409,
    message:
      'Operation cannot be fulfilled on configmaps "gone": uid mismatch: the provided object specified uid x, and no existing object was found',
  },
  {
    name: "an apply without an apiVersion",
    method: "PATCH",
    path: `${MAPS}/a?fieldManager=m`,
    body: { kind: "ConfigMap", metadata: { name: "a" } },
    contentType: APPLY,
    code: 400,
    message: "invalid object type: /, Kind=ConfigMap",
  },
  {
    name: "a manager with a name too long",
    method: "POST",
    path: `${MAPS}?fieldManager=${"a".repeat(129)}`,
    body: { metadata: { name: "b" } },
    code: 422,
    message: 'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
  },
  {
    name: "a manager whose name cannot be printed",
    method: "POST",
    path: `${MAPS}?fieldManager=%C3%A4%07`,
    body: { metadata: { name: "b" } },
    code: 422,
    message:
      'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "ä\\a": invalid character U+0007 (at position 2)',
  },
];

test("a write that is meant for another object is refused", async () => {
  const { call } = await testServer();
  await call("POST", MAPS, { metadata: { name: "a" } });
  for (const { name, method, path, body, contentType, code, message } of REFUSED) {
    const answer = await call(method, path, body, contentType === undefined ? {} : { contentType });
    assert.deepEqual([answer.code, answer.json.message], [code, message], name);
  }
});

test("a deletion may be meant for one version", async () => {
  const { call } = await testServer();
  const { json } = await call("POST", MAPS, { metadata: { name: "a" } });
  const { resourceVersion } = json.metadata;
  const refused = await call("DELETE", `${MAPS}/a`, { preconditions: { resourceVersion: "1" } });
  assert.equal(
    refused.json.message,
    `Operation cannot be fulfilled on ConfigMap "a": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
  );
  assert.equal((await call("DELETE", `${MAPS}/a`, { preconditions: { resourceVersion } })).code, 200);
});

test("a list has no initial events", async () => {
  const { call } = await testServer();
  const { code, json } = await call("GET", `${MAPS}?sendInitialEvents=true`);
  const why = "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list";
  assert.deepEqual([code, json.message], [422, `ListOptions.meta.k8s.io "" is invalid: ${why}`]);
});

test("who creates an object does not say that it is being deleted, nor manages it", async () => {
  const { call } = await testServer();
  const metadata = { name: "a", deletionTimestamp: "2026-01-01T00:00:00Z", deletionGracePeriodSeconds: 3 };
  const made = (await call("POST", MAPS, { metadata, data: { a: "b" } })).json.metadata;
  assert.deepEqual([made.deletionTimestamp, made.deletionGracePeriodSeconds], [undefined, undefined]);
  assert.deepEqual(made.managedFields[0].fieldsV1, { "f:data": { ".": {}, "f:a": {} } });
});
