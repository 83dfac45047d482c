import assert from "node:assert/strict";
import { test } from "node:test";
import { GRPC, GrpcError } from "#sys/grpc.ts";
import { execError, pullError, runtimeError } from "./cri_errors.ts";
import { ImagePullError } from "../runtime_errors.ts";

const failed = 'failed to pull and unpack image "h/a:1": failed to resolve reference "h/a:1"';
const pulls = [
  [GRPC.notFound, `${failed}: h/a:1: not found`, "notFound"],
  [
    2,
    `${failed}: failed to do request: Head "http://h/v2/a": dial tcp 10.0.0.1:5000: connect: connection refused`,
    "unreachable",
  ],
  [
    2,
    `${failed}: failed to do request: Head "http://h/v2/a": dial tcp: lookup h on 10.0.0.1:53: no such host`,
    "unreachable",
  ],
  [
    2,
    'failed to parse image reference "A b": invalid reference format: repository name must be lowercase',
    "invalidName",
  ],
  [2, `${failed}: pulling from host h failed with status code [manifests 1]: 401 Unauthorized`, "unauthorized"],
  [2, `${failed}: server message: insufficient_scope: authorization failed`, "unauthorized"],
  [2, "write /var/lib/x: no space left on device", "other"],
] as const;
for (const [code, message, kind] of pulls) {
  test(`a pull that says "${message.slice(-40)}" is ${kind}`, () => {
    const error = pullError(new GrpcError(code, message));
    assert.ok(error instanceof ImagePullError);
    assert.deepEqual([error.kind, error.message], [kind, message]);
  });
}

test("codes become the interface's own errors", () => {
  const name = (error: unknown): string => (error instanceof Error ? error.name : "");
  assert.equal(name(runtimeError(new GrpcError(14, "down"))), "RuntimeUnavailable");
  assert.equal(name(runtimeError(new GrpcError(5, "gone"))), "NotFound");
  assert.equal(name(runtimeError(new GrpcError(2, "odd"))), "RuntimeFailure");
  assert.equal(name(execError(new GrpcError(4, "late"), ["sleep"], 1)), "ExecTimeout");
  assert.equal(name(execError(new GrpcError(2, 'failed to start exec "x": …'), ["x"], 1)), "StartError");
  assert.equal(name(pullError(new GrpcError(14, "connect ENOENT"))), "RuntimeUnavailable");
});
