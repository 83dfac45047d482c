import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "#base/virtual_clock.ts";
import { memoryFiles } from "#sys/memory_files.ts";
import type { Cli } from "../cli.ts";
import { clusterPaths } from "../paths.ts";
import { ensureUp } from "./up.ts";

const paths = clusterPaths("dev", { dataDir: "/data", isRoot: true, env: {} });
const OURS = 7;
const THEIRS = 8;

/** A command line whose own process gives way at once; `alive` are the processes there are. */
function cliWhere(alive: ReadonlySet<number>, spawned: (say: (phase: string) => Promise<void>) => Promise<void>) {
  const clock = new VirtualClock();
  const files = memoryFiles();
  const say = async (phase: string): Promise<void> => {
    await files.mkdir(paths.run);
    await files.writeFile(paths.state, JSON.stringify({ pid: THEIRS, phase, message: phase }));
  };
  const cli = {
    clock,
    files,
    program: ["knarr"],
    terminal: { out() {}, err() {}, colors: false, interactive: false },
    processes: {
      arguments: (pid: number) => (alive.has(pid) ? ["knarr", "up", paths.data] : undefined),
      async spawnDetached() {
        await spawned(say);
        return OURS;
      },
    },
  } as unknown as Cli;
  return { cli, clock, say };
}

test("of two starts at once the one that gives way waits for the other", async () => {
  const { cli, clock, say } = cliWhere(new Set([THEIRS]), (tell) => tell("starting"));
  const up = ensureUp(cli, { paths, port: 6443, networks: {}, nodes: {}, program: [] });
  await clock.advance(100);
  await say("ready");
  await clock.advance(100);
  const { state } = await up;
  assert.equal(state.pid, THEIRS);
});

test("a process that ends while starting, with no other, is a failure", async () => {
  const { cli, clock } = cliWhere(new Set(), async () => {});
  const failed = assert.rejects(
    ensureUp(cli, { paths, port: 6443, networks: {}, nodes: {}, program: [] }),
    /ended while starting/,
  );
  await clock.advance(100);
  await failed;
});
