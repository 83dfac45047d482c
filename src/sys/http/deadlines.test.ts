import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadlines } from "./deadlines.ts";

test("what is late is told once and in order, what was met is not", async () => {
  const deadlines = new Deadlines(20);
  const late: string[] = [];
  const all = Promise.withResolvers<void>();
  const keepAlive = setTimeout(() => all.reject(new Error("nobody was told")), 10_000);
  deadlines.add(() => late.push("first"));
  const met = deadlines.add(() => late.push("met"));
  met();
  deadlines.add(() => {
    late.push("second");
    // One that is added while the others are told waits its own time.
    const added = performance.now();
    deadlines.add(() => {
      late.push(performance.now() - added >= 18 ? "third" : "too early");
      all.resolve();
    });
  });
  await all.promise;
  clearTimeout(keepAlive);
  assert.deepEqual(late, ["first", "second", "third"]);
});
