import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "#base/clock.ts";
import { logTo, silentLog } from "#base/log.ts";
import { seededRandom } from "#base/random.ts";
import { VirtualClock } from "#base/virtual_clock.ts";
import type { Life } from "#sys/certificate_request.ts";
import { keepRenewed, renewAtMs } from "./certificate_renewal.ts";

const DAY_MS = 24 * 3_600_000;

test("a certificate is renewed after seven to nine tenths of its life", () => {
  const life = { fromMs: 1_000, untilMs: 11_000 };
  assert.deepEqual(
    [0, 0.5, 1].map((chance) => renewAtMs(life, chance)),
    [8_000, 9_000, 10_000],
  );
});

/** Something of `days` that is renewed for as long as `refuses` lets it. */
function lived(days: number, refuses: (attempt: number) => boolean = () => false) {
  const clock = new VirtualClock();
  const waits: number[] = [];
  const looking: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (delayMs, run) => {
      waits.push(delayMs);
      return clock.after(delayMs, run);
    },
  };
  const lives: Life[] = [{ fromMs: clock.now(), untilMs: clock.now() + days * DAY_MS }];
  const warnings: string[] = [];
  const log = logTo((level, _part, message) => void (level === "warn" && warnings.push(message)));
  let attempts = 0;
  const stop = keepRenewed({
    name: "it",
    life: lives[0] as Life,
    async renew() {
      if (refuses(attempts++)) throw new Error("not now");
      const life = { fromMs: clock.now(), untilMs: clock.now() + days * DAY_MS };
      lives.push(life);
      return life;
    },
    clock: looking,
    random: seededRandom(1),
    log,
  });
  return { clock, lives, waits, warnings, stop };
}

test("it is renewed again and again, each time before its end and no sooner than need be", async () => {
  const { clock, lives, waits } = lived(30);
  await clock.advance(3 * 365 * DAY_MS);
  const spans = lives.slice(1).map(({ fromMs }, at) => (fromMs - (lives[at]?.fromMs ?? 0)) / DAY_MS);
  assert.ok(spans.every((days) => days >= 21 && days <= 27));
  assert.ok(new Set(spans).size > spans.length / 2, "not all at the same share of their life");
  assert.ok(spans.length >= (3 * 365) / 27 - 1 && spans.length <= (3 * 365) / 21);
  assert.ok(Math.max(...waits) <= DAY_MS, "no timer is longer than a real one can be");
});

test("an attempt that fails is repeated after 2, 4, 8, 16 and 32 seconds, then every 32", async () => {
  const { clock, lives, waits, warnings } = lived(1, (attempt) => attempt < 7);
  await clock.advance(DAY_MS);
  assert.equal(lives.length, 2);
  assert.deepEqual(waits.slice(1, 8), [2_000, 4_000, 8_000, 16_000, 32_000, 32_000, 32_000]);
  assert.deepEqual(
    warnings,
    Array.from({ length: 7 }, () => "cannot renew it yet"),
  );
});

test("what is stopped is renewed no more, not even by an attempt that was under way", async () => {
  const { clock, lives, stop } = lived(1);
  stop();
  await clock.advance(10 * DAY_MS);
  assert.equal(lives.length, 1);
  assert.equal(clock.nextDelayMs, undefined);
  const gate = Promise.withResolvers<Life>();
  const over = { fromMs: 0, untilMs: 1 };
  const options = { name: "it", life: over, renew: () => gate.promise, random: seededRandom(1), log: silentLog };
  const stopLate = keepRenewed({ ...options, clock });
  stopLate();
  gate.resolve(over);
  await clock.advance(DAY_MS);
  assert.equal(clock.nextDelayMs, undefined);
});
