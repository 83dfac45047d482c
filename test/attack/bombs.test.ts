import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BODY_BOMBS } from "./bombs/bodies.ts";
import { PATCH_BOMBS } from "./bombs/patches.ts";
import { REQUEST_BOMBS } from "./bombs/requests.ts";
import { CONFIG_MAPS, PODS, TARGET, configMap, pod, post, type Bomb, type Request } from "./bomb.ts";
import { sendRaw, type RawAnswer } from "./raw.ts";
import { AttackedServer } from "./server.ts";

/** Milliseconds of the server's own time; machines that run tests beside other work are given more. */
const FACTOR = process.env["KNARR_NIGHTLY"] === "1" ? 1 : 4;
const ANSWER_MS = 250 * FACTOR;
const STALL_MS = 100 * FACTOR;

let server: AttackedServer;

before(async () => {
  server = await AttackedServer.start();
  const made = [
    await throwAt(post(PODS, pod({}, { name: TARGET.pod }))),
    await throwAt(post(CONFIG_MAPS, configMap({ metadata: { name: TARGET.configMap }, data: { a: "b" } }))),
  ];
  assert.deepEqual(
    made.map(({ code }) => code),
    [201, 201],
  );
});

after(() => server[Symbol.asyncDispose]());

async function throwAt(request: Request): Promise<RawAnswer> {
  if ("raw" in request) return sendRaw(server.credentials, request.raw);
  const response = await server.transport.send(request);
  return { code: response.status, body: Buffer.from(await response.bytes()).toString() };
}

/** Throws of one bomb, when it seems to cost too much: the first finds code that was never run, others a busy machine. */
const THROWS_MAX = 6;

/** What one bomb cost at best. */
async function cost(bomb: Bomb) {
  const request = bomb.make();
  let best = { cpuMs: Infinity, stallCpuMs: Infinity };
  for (let attempt = 0; attempt < THROWS_MAX; attempt++) {
    await server.load();
    const answer = await throwAt(request);
    const load = await server.load();
    checkAnswer(bomb, answer);
    best = { cpuMs: Math.min(best.cpuMs, load.cpuMs), stallCpuMs: Math.min(best.stallCpuMs, load.stallCpuMs) };
    if (best.cpuMs <= ANSWER_MS / FACTOR && best.stallCpuMs <= STALL_MS / FACTOR) break;
  }
  return best;
}

function checkAnswer({ code, message }: Bomb, answer: RawAnswer): void {
  const shown = `${answer.code} ${answer.body.slice(0, 300)}`;
  assert.equal(answer.code, code, shown);
  const status = JSON.parse(answer.body) as { readonly kind: string; readonly code: number; readonly message: string };
  assert.equal(status.kind, "Status", shown);
  assert.equal(status.code, code, shown);
  if (message !== undefined) assert.match(status.message, message);
}

for (const bomb of [...BODY_BOMBS, ...PATCH_BOMBS, ...REQUEST_BOMBS]) {
  test(`${bomb.name}: refused with ${bomb.code}`, async (t) => {
    const { cpuMs, stallCpuMs } = await cost(bomb);
    t.diagnostic(`${cpuMs.toFixed(0)} ms, at one go ${stallCpuMs.toFixed(0)} ms`);
    assert.ok(cpuMs <= ANSWER_MS, `${cpuMs} ms of the server's time`);
    assert.ok(stallCpuMs <= STALL_MS, `${stallCpuMs} ms at one go`);
  });
}

test("the server lives, says nothing of failures of its own, and nothing of it is polluted", async () => {
  assert.ok(server.isAlive);
  assert.deepEqual(server.complaints, []);
  const { code, body } = await throwAt({ method: "GET", target: `${CONFIG_MAPS}/${TARGET.configMap}` });
  assert.equal(code, 200);
  assert.equal(body.includes("polluted"), false);
});
