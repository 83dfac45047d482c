import assert from "node:assert/strict";
import { test } from "node:test";
import { Limiter } from "./limiter.ts";

test("a limiter runs so many at a time, the others in the order in which they came, failed ones included", async () => {
  const limiter = new Limiter(2);
  const log: string[] = [];
  const ends = new Map<number, (fails: boolean) => void>();
  const task = (number: number) => async () => {
    log.push(`begin ${number}`);
    const fails = await new Promise<boolean>((resolve) => ends.set(number, resolve));
    log.push(`end ${number}`);
    if (fails) throw new Error(`task ${number}`);
    return number;
  };
  const results = [1, 2, 3, 4].map((number) => limiter.run(task(number)));
  assert.deepEqual(log, ["begin 1", "begin 2"]);
  ends.get(2)?.(true);
  await assert.rejects(results[1] ?? Promise.resolve(), /task 2/);
  assert.deepEqual(log, ["begin 1", "begin 2", "end 2", "begin 3"]);
  ends.get(1)?.(false);
  assert.equal(await results[0], 1);
  ends.get(3)?.(false);
  await results[2];
  ends.get(4)?.(false);
  assert.equal(await results[3], 4);
  assert.deepEqual(log.slice(4), ["end 1", "begin 4", "end 3", "end 4"]);
});
