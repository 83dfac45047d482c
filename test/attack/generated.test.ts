import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "js-yaml";
import type { OutgoingRequest } from "#base/http.ts";
import { seededRandom } from "#base/random.ts";
import { Status as StatusSchema } from "#api/meta/status.ts";
import { openEnvelope } from "#api/protobuf/envelope.ts";
import { readMessage } from "#api/protobuf/read.ts";
import { RequestGenerator } from "./generated.ts";
import { AttackedServer } from "./server.ts";

const NIGHTLY = process.env["KNARR_NIGHTLY"] === "1";
const SEED = Number(process.env["KNARR_SEED"] ?? 1);
const GENERATED = NIGHTLY ? 100_000 : 10_000;
const MALFORMED = NIGHTLY ? 10_000 : 1_000;
const AT_ONCE = 16;
/** An answer that takes longer counts as none, however busy the machine is. */
const ANSWER_MS = 20_000;
/** The longest one request may keep the others waiting, in time of the server's own. */
const STALL_MS = 1_000;

/** What kube-apiserver too answers with a code from 500 on, though the client is at fault. */
const SERVER_ERRORS = [
  /^resourceVersion should not be set on objects to be created$/,
  /^Too large resource version: /,
  /^unknown patch type: /,
  /does not contain declared merge key: /,
  /^failed to create typed /,
  /^list element types are not identical: /,
];

interface Status {
  readonly kind: string;
  readonly code: number;
  readonly message: string;
}

/** What is wrong with the answer to `request`; undefined when nothing is. */
async function faultOf(server: AttackedServer, request: OutgoingRequest): Promise<string | undefined> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  try {
    const response = await server.transport.send({ ...request, signal });
    const body = await response.bytes();
    const { status, headers } = response;
    const type = headers["content-type"] ?? "";
    if (status < 400) return undefined;
    if (status === 404 && type.startsWith("text/plain")) return undefined; // As of paths that are not the API's.
    const told = statusIn(type, body);
    if (told?.kind !== "Status" || told.code !== status)
      return `${status} without a Status: ${Buffer.from(body).toString()}`;
    if (status >= 500 && !SERVER_ERRORS.some((known) => known.test(told.message))) return `${status} ${told.message}`;
    return undefined;
  } catch (error) {
    return signal.aborted ? `no answer within ${ANSWER_MS} ms` : String(error);
  }
}

function statusIn(type: string, body: Uint8Array): Status | undefined {
  if (type === "application/vnd.kubernetes.protobuf") {
    const { kind, raw } = openEnvelope(body);
    return { ...(readMessage(StatusSchema, raw) as unknown as Status), kind };
  }
  const text = Buffer.from(body).toString();
  try {
    return (type === "application/yaml" ? load(text) : JSON.parse(text)) as Status;
  } catch {
    return undefined;
  }
}

async function faultsOf(server: AttackedServer, count: number, make: () => OutgoingRequest): Promise<string[]> {
  const faults: string[] = [];
  let left = count;
  const client = async () => {
    while (left-- > 0 && faults.length < 20) {
      const request = make();
      const fault = await faultOf(server, request);
      if (fault === undefined) continue;
      const body = Buffer.from(request.body ?? []).toString();
      faults.push(
        `${request.method} ${request.target} ${JSON.stringify(request.headers)} ${body.slice(0, 600)}\n  ${fault}`,
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  return faults;
}

test(`${GENERATED} generated and ${MALFORMED} malformed requests: no exit, no hang, no failure of the server's own`, async () => {
  await using server = await AttackedServer.start();
  const generator = new RequestGenerator(seededRandom(SEED));
  const faults = [
    ...(await faultsOf(server, GENERATED, () => generator.next())),
    ...(await faultsOf(server, MALFORMED, () => generator.malformed())),
  ];
  assert.deepEqual(faults, [], `repeat with KNARR_SEED=${SEED}`);
  assert.ok(server.isAlive);
  const { stallCpuMs } = await server.load();
  assert.ok(stallCpuMs <= STALL_MS, `${stallCpuMs} ms at one go`);
  assert.deepEqual(server.complaints, []);
});
